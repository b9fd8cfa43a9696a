#include "http/cgi_head.hpp"

#include <charconv>

#include "http/characters.hpp"
#include "http/field.hpp"

namespace brood {
namespace {

using Step = CgiHeadReader::Step;

/// What has been seen of the fields that tell the server what to do; each may be there once.
struct Seen {
  bool status = false;
  bool location = false;
  bool content_type = false;
  bool content_length = false;
};

bool is_named(std::string_view name, std::string_view known) noexcept {
  return characters::equal_ignoring_case(name, known);
}

/// All of `text` as a decimal number; not one with a sign.
template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  if (text.empty() || !characters::all(text, characters::digit)) return false;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

/// Status = "Status:" status-code SP reason-phrase; the phrase is often left out.
bool take_status(std::string_view value, CgiHead& head) noexcept {
  if (value.size() > 3 && value[3] != ' ') return false;
  const std::string_view code = value.substr(0, 3);
  return code.size() == 3 && read_number(code, head.status) && head.status >= 200 &&
         head.status <= 599;
}

bool take_field(std::string_view name, std::string_view value, Seen& seen, CgiHead& head) {
  if (is_named(name, "Status"))
    return !std::exchange(seen.status, true) && take_status(value, head);
  if (is_named(name, "Location")) {
    head.location = value;
    return !std::exchange(seen.location, true) && !value.empty();
  }
  if (is_named(name, "Content-Length"))
    return !std::exchange(seen.content_length, true) &&
           read_number(value, head.content_length.emplace());
  if (is_named(name, "Content-Type") && std::exchange(seen.content_type, true)) return false;
  if (!is_servers_own(name)) head.fields.emplace_back(name, value);
  return true;
}

bool take_line(std::string_view line, Seen& seen, CgiHead& head) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = characters::trimmed(line.substr(colon + 1));
  return is_sound_field(name, value) && take_field(name, value, seen, head);
}

/// `text` is all lines of a head and the empty one.
Step read_lines(std::string_view text, std::size_t fields_max, CgiHead& head) {
  head = {};
  head.size = text.size();
  Seen seen;
  for (std::size_t count = 0;;) {
    const auto feed = text.find('\n');
    std::string_view line = text.substr(0, feed);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (++count > fields_max) return Step::too_large;
    if (!take_line(line, seen, head)) return Step::malformed;
    text.remove_prefix(feed + 1);
  }
  if (!seen.status && !seen.location && !seen.content_type) return Step::malformed;
  if (seen.location && !seen.status) head.status = 302;
  head.is_local_redirect = !seen.status && head.location.starts_with('/');
  return Step::whole;
}

}  // namespace

CgiHeadReader::Step CgiHeadReader::resume(std::string_view input, CgiHead& head) {
  for (;;) {
    const auto feed = input.find('\n', searched_);
    searched_ = feed == input.npos ? input.size() : feed + 1;
    if (searched_ > limits_.max_header_bytes) return Step::too_large;
    if (feed == input.npos) return Step::need_bytes;
    const std::string_view line = input.substr(line_begin_, feed - line_begin_);
    line_begin_ = searched_;
    if (line.empty() || line == "\r")
      return read_lines(input.substr(0, searched_), limits_.max_headers, head);
  }
}

}  // namespace brood
