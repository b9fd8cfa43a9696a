#include <span>
#include <string>

#include "fuzz/entries.hpp"
#include "http/body_reader.hpp"
#include "http/body_writer.hpp"

namespace {

using namespace brood;
using Step = BodyReader::Step;

struct Decoded {
  std::string body;
  Step end = Step::need_bytes;
  std::size_t unread = 0;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(const std::vector<std::string_view>& pieces, const SessionLimits& limits) {
  BodyReader reader;
  reader.start_chunked(limits);
  Decoded decoded;
  std::string input;
  for (const std::string_view piece : pieces) {
    input += piece;
    std::span<char> rest = input;
    std::string_view data;
    while ((decoded.end = reader.resume(rest, data)) == Step::piece) {
      fuzz::require(!data.empty(), "a piece of a body is empty");
      decoded.body += data;
    }
    input.erase(0, input.size() - rest.size());
  }
  decoded.unread = decoded.end == Step::done ? input.size() : 0;
  return decoded;
}

/// What we write, we read.
void check_round(const std::vector<std::string_view>& pieces) {
  BodyWriter writer;
  writer.start_chunked();
  std::string wire;
  std::string body;
  for (const std::string_view piece : pieces) {
    writer.write(piece, wire);
    body += piece;
  }
  fuzz::require(writer.end(wire), "a chunked body has no end");
  const Decoded decoded = decode({wire}, {});
  fuzz::require(decoded.body == body, "a body is not read as it was written");
  fuzz::require(decoded.end == Step::done && decoded.unread == 0, "a body has another end");
}

}  // namespace

int fuzz_chunk(const std::uint8_t* data, std::size_t size) {
  constexpr SessionLimits limits{.max_header_bytes = 60, .max_headers = 3, .max_body_bytes = 40};
  const auto ways = fuzz::ways_to_cut(fuzz::text_of(data, size));
  const Decoded whole = decode(ways[0], limits);
  fuzz::require(whole.body.size() <= limits.max_body_bytes, "a body is longer than its limit");
  for (const auto& pieces : ways) {
    fuzz::require(decode(pieces, limits) == whole, "a body depends on the cuts");
    check_round(pieces);
  }
  return 0;
}
