#include "http/chunk_line.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "http/limits.hpp"

namespace brood {
namespace {

bool take(std::string_view& text, char wanted) noexcept {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

void take_blanks(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool take_token(std::string_view& text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && characters::is(text[size], characters::token)) ++size;
  text.remove_prefix(size);
  return size > 0;
}

bool take_quoted(std::string_view& text) noexcept {
  if (!take(text, '"')) return false;
  while (!take(text, '"')) {
    take(text, '\\');
    if (text.empty() || !characters::is(text[0], characters::field_value)) return false;
    text.remove_prefix(1);
  }
  return true;
}

/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
bool are_extensions(std::string_view text) noexcept {
  while (!text.empty()) {
    take_blanks(text);
    if (!take(text, ';')) return false;
    take_blanks(text);
    if (!take_token(text)) return false;
    std::string_view value = text;
    take_blanks(value);
    if (!take(value, '=')) continue;
    take_blanks(value);
    if (!take_token(value) && !take_quoted(value)) return false;
    text = value;
  }
  return true;
}

constexpr ChunkLine malformed{.state = ChunkLine::State::malformed};

}  // namespace

ChunkLine read_chunk_line(std::string_view input, Blanks blanks) noexcept {
  constexpr std::size_t digits_max = 16;
  std::uint64_t chunk_size = 0;
  std::size_t digits = 0;
  while (digits < input.size() && characters::is(input[digits], characters::hex_digit)) {
    if (digits == digits_max) return malformed;
    chunk_size = chunk_size << 4 | characters::hex_value(input[digits++]);
  }
  // The sender of what can be no chunk is told at once, and not when time is out.
  if (digits == 0 && !input.empty()) return malformed;
  ChunkLine read{
      .state = ChunkLine::State::whole, .chunk_size = chunk_size, .line_size = digits + 2};
  if (input.substr(digits, 2) == "\r\n") return read;  // As nearly all are.

  const auto end = input.find_first_of("\r\n", digits);
  const std::size_t size_yet = std::min(end, input.size());
  if (size_yet + 2 > chunk_line_max) return malformed;
  if (end == input.npos || input.substr(end) == "\r") return {};
  if (!input.substr(end).starts_with("\r\n")) return malformed;

  read.line_size = end + 2;
  std::string_view extensions = input.substr(digits, end - digits);
  if (blanks == Blanks::passed_over && characters::trimmed(extensions).empty()) extensions = {};
  return are_extensions(extensions) ? read : malformed;
}

}  // namespace brood
