#include "http/proxy_header.hpp"

#include <string>

#include "fuzz/entries.hpp"

namespace {

using namespace brood;
using Step = ProxyHeaderReader::Step;

struct Read {
  Step step = Step::need_bytes;
  std::size_t size = 0;  // Of what was taken.
  std::optional<ProxiedEnds> ends;

  bool operator==(const Read&) const = default;
};

Read read(const std::vector<std::string_view>& pieces) {
  ProxyHeaderReader reader;
  Read result;
  for (const std::string_view piece : pieces) {
    std::string_view input = piece;
    result.step = reader.resume(input);
    result.size += piece.size() - input.size();
  }
  if (result.step == Step::whole) result.ends = reader.ends();
  return result;
}

}  // namespace

int fuzz_proxy_header(const std::uint8_t* data, std::size_t size) {
  const auto ways = fuzz::ways_to_cut(fuzz::text_of(data, size));
  const Read whole = read(ways[0]);
  for (const auto& pieces : ways)
    fuzz::require(read(pieces) == whole, "a header depends on the cuts");
  fuzz::require(whole.step != Step::need_bytes || whole.size == size, "bytes were left");
  if (whole.step != Step::whole) return 0;
  for (const auto version : {ProxyVersion::v1, ProxyVersion::v2}) {
    const std::string again = write_proxy_header(version, whole.ends);
    fuzz::require(read({again}).ends == whole.ends, "a header is not read back");
  }
  return 0;
}
