#include "http/body_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace brood {
namespace {

/// Appends a chunk (RFC 9112, section 7.1). \pre `data` is not empty: that would be the last one.
void write_chunk(std::string_view data, std::string& output) {
  std::array<char, 16> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), data.size(), 16);
  output.append(digits.data(), end);
  output += "\r\n";
  output += data;
  output += "\r\n";
}

}  // namespace

void BodyWriter::write(std::string_view piece, std::string& output) {
  if (form_ == Form::none || piece.empty()) return;
  if (form_ == Form::length) {
    piece = piece.substr(0, std::min<std::uint64_t>(missing_, piece.size()));
    missing_ -= piece.size();
  }
  written_ += piece.size();
  if (form_ == Form::chunked) return write_chunk(piece, output);
  output += piece;
}

bool BodyWriter::end(std::string& output) {
  if (form_ == Form::chunked) output += "0\r\n\r\n";  // The last chunk and an empty trailer.
  return missing_ == 0;
}

}  // namespace brood
