#include <algorithm>
#include <string>

#include "fuzz/entries.hpp"
#include "http/host.hpp"
#include "http/target.hpp"

namespace {

using namespace brood;

void check(std::string_view text, bool is_options) {
  Target target;
  if (parse_target(text, is_options, target)) return;
  const bool is_visible = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  fuzz::require(is_visible && text.find('#') == text.npos, "a target has what none may have");
  fuzz::require(target.path.starts_with('/') || target.path == "*", "a path is none");
  fuzz::require(is_options || target.path != "*", "an asterisk is not for this method");
  fuzz::require(target.authority.empty() || is_host_and_port(target.authority), "a bad host");
  if (target.form != Target::Form::origin) return;
  std::string again{target.path};
  if (again.size() < text.size()) again.append("?").append(target.query);
  fuzz::require(again == text, "a target is more than its parts");
}

}  // namespace

int fuzz_target(const std::uint8_t* data, std::size_t size) {
  check(fuzz::text_of(data, size), false);
  check(fuzz::text_of(data, size), true);
  return 0;
}
