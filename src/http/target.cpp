#include "http/target.hpp"

#include "http/characters.hpp"
#include "http/host.hpp"

namespace brood {
namespace {

Refusal parse_path_and_query(std::string_view text, Target& target) noexcept {
  const auto mark = text.find('?');
  target.path = text.substr(0, mark);
  target.query = mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
  if (!characters::all_or_encoded(target.path, characters::path))
    return {400, "the target's path has a character that must be encoded"};
  // Nobody here reads a query: "50%" and "%u20ac" are what programs are sent, and know how to take.
  if (!characters::all(target.query, characters::query))
    return {400, "the target's query has a character that must be encoded"};
  return {};
}

bool has_scheme(std::string_view text, std::string_view scheme) noexcept {
  return characters::equal_ignoring_case(text.substr(0, scheme.size()), scheme);
}

Refusal parse_absolute(std::string_view text, bool is_options, Target& target) noexcept {
  constexpr std::string_view scheme = "http://";
  if (has_scheme(text, "https://")) return {421, "this connection is not secured"};
  if (!has_scheme(text, scheme)) return {400, "the target is in no form that goes with the method"};
  text.remove_prefix(scheme.size());
  const auto end = text.find_first_of("/?");
  target.form = Target::Form::absolute;
  target.authority = text.substr(0, end);
  // Userinfo is refused with the rest: RFC 9110, section 4.2.4.
  if (!is_host_and_port(target.authority)) return {400, "the target's host is malformed"};
  const Refusal refusal = parse_path_and_query(
      end == std::string_view::npos ? std::string_view{} : text.substr(end), target);
  // RFC 9112, section 3.2.4: OPTIONS for no path at all means the server itself.
  const bool asks_server = is_options && end == std::string_view::npos;
  if (target.path.empty()) target.path = asks_server ? "*" : "/";
  return refusal;
}

}  // namespace

Refusal parse_target(std::string_view text, bool is_options, Target& target) noexcept {
  target = {};
  if (text.starts_with('/')) return parse_path_and_query(text, target);
  if (text == "*" && is_options) {
    target.form = Target::Form::asterisk;
    target.path = text;
    return {};
  }
  return parse_absolute(text, is_options, target);
}

}  // namespace brood
