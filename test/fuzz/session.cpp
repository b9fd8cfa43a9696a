#include <array>

#include "fuzz/entries.hpp"
#include "unit/http/drive.hpp"
#include "unit/http/fetch.hpp"

namespace {

using namespace brood;
using test::Driver;
using test::Fetcher;
using test::Transcript;

constexpr SessionLimits limits{.max_header_bytes = 200, .max_headers = 5, .max_body_bytes = 40};

bool is_known_refusal(int status) {
  constexpr std::array known{0, 400, 413, 414, 417, 421, 431, 501, 505};
  return std::find(known.begin(), known.end(), status) != known.end();
}

/// Takes one response off the front; false if there is no whole one.
bool take_response(std::string_view& output, std::string_view method) {
  static Fetcher fetcher;
  const std::string_view some = output.substr(0, body_piece_max);
  if (!fetcher.run(some, method).is_done) return false;
  output.remove_prefix(some.size() - fetcher.session().unread().size());
  return true;
}

/// A client that knows what it asked for can read all answers, and nothing else is there.
void check_output(const Transcript& transcript) {
  std::string_view events = transcript.events;
  std::string_view output = transcript.output;
  while (!output.empty()) {
    constexpr std::string_view mark = "head ";
    const auto at = events.find(mark);
    // A head that was refused is not among the events, and may have been of a HEAD request.
    const bool is_known = at != events.npos;
    events.remove_prefix(is_known ? at + mark.size() : events.size());
    const std::string_view method = is_known ? events.substr(0, events.find(' ')) : "GET";
    const bool is_read =
        take_response(output, method) || (!is_known && take_response(output, "HEAD"));
    fuzz::require(is_read, "the output is not a row of responses");
  }
}

}  // namespace

int fuzz_session(const std::uint8_t* data, std::size_t size) {
  static Driver driver{limits};
  const auto ways = fuzz::ways_to_cut(fuzz::text_of(data, size));
  const Transcript whole = driver.run(ways[0]);
  fuzz::require(is_known_refusal(whole.refused_status), "an unknown status");
  check_output(whole);
  for (const auto& pieces : ways) {
    const Transcript got = driver.run(pieces);
    fuzz::require(got.events == whole.events, "the events depend on the cuts");
    fuzz::require(got.fields == whole.fields, "the fields depend on the cuts");
    fuzz::require(got.output == whole.output, "the output depends on the cuts");
    fuzz::require(got.refused_status == whole.refused_status, "the verdict depends on the cuts");
  }
  return 0;
}
