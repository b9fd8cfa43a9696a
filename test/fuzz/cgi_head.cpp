#include "http/cgi_head.hpp"

#include "fuzz/entries.hpp"
#include "http/head_writer.hpp"

namespace {

using namespace brood;
using Step = CgiHeadReader::Step;

constexpr SessionLimits limits{.max_header_bytes = 200, .max_headers = 5};

Step read(const std::vector<std::string_view>& pieces, CgiHead& head) {
  CgiHeadReader reader{limits};
  std::string input;
  Step step = Step::need_bytes;
  for (auto piece = pieces.begin(); piece != pieces.end() && step == Step::need_bytes; ++piece) {
    input += *piece;
    step = reader.resume(input, head);
  }
  return step;
}

/// The server can send it as it is.
void check_writable(const CgiHead& head) {
  std::vector<FieldView> fields;
  for (const auto& [name, value] : head.fields) fields.push_back({name, value});
  if (!head.location.empty()) fields.push_back({"Location", head.location});
  fuzz::require(may_be_written(head.status, fields), "a program's head cannot be sent");
  fuzz::require(head.size <= limits.max_header_bytes, "a head is longer than its limit");
}

}  // namespace

int fuzz_cgi_head(const std::uint8_t* data, std::size_t size) {
  const auto ways = fuzz::ways_to_cut(fuzz::text_of(data, size));
  CgiHead whole;
  const Step step = read(ways[0], whole);
  if (step == Step::whole) check_writable(whole);
  for (const auto& pieces : ways) {
    CgiHead head;
    fuzz::require(read(pieces, head) == step, "a program's head depends on the cuts");
    if (step != Step::whole) continue;
    fuzz::require(head.size == whole.size && head.status == whole.status &&
                      head.location == whole.location && head.fields == whole.fields,
                  "what a program's head says depends on the cuts");
  }
  return 0;
}
