#include "fuzz/entries.hpp"
#include "unit/http/fetch.hpp"

using namespace brood;

/// The first byte chooses the method: HEAD if it is an H, else GET.
int fuzz_client_session(const std::uint8_t* data, std::size_t size) {
  static test::Fetcher fetcher{{.max_header_bytes = 200, .max_headers = 5, .max_body_bytes = 40}};
  if (size == 0) return 0;
  const std::string_view method = data[0] == 'H' ? "HEAD" : "GET";
  const auto ways = fuzz::ways_to_cut(fuzz::text_of(data + 1, size - 1));
  const test::Exchange whole = fetcher.run(ways[0], method);
  fuzz::require(whole.is_done || !whole.may_be_reused, "a broken connection would be used again");
  for (const auto& pieces : ways) {
    const test::Exchange got = fetcher.run(pieces, method);
    fuzz::require(got.events == whole.events, "the events depend on the cuts");
    fuzz::require(got.is_done == whole.is_done, "the verdict depends on the cuts");
  }
  return 0;
}
