#include "http/connection_auth.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "http/field.hpp"

namespace brood {
namespace {

bool is_of_connection(std::string_view scheme) noexcept {
  return characters::equal_ignoring_case(scheme, "NTLM") ||
         characters::equal_ignoring_case(scheme, "Negotiate");
}

/// Whether one of the challenges, or the credentials, are of such a scheme (RFC 9110,
/// section 11.3): it stands at the beginning of an element, alone or before a blank.
bool names_one(std::string_view value) noexcept {
  std::optional<std::string_view> list = value;
  while (const auto element = next_element(list))
    if (is_of_connection(element->substr(0, element->find(' ')))) return true;
  return false;
}

bool names_one_in(std::span<const FieldView> fields, std::string_view name) noexcept {
  return std::any_of(fields.begin(), fields.end(), [&](const FieldView& field) {
    return characters::equal_ignoring_case(field.name, name) && names_one(field.value);
  });
}

}  // namespace

bool asks_for_connection_auth(const ResponseHead& head) noexcept {
  return (head.line.status == 401 && names_one_in(head.fields, "WWW-Authenticate")) ||
         (head.line.status == 407 && names_one_in(head.fields, "Proxy-Authenticate"));
}

bool brings_connection_auth(const RequestHead& head) noexcept {
  return names_one_in(head.fields, "Authorization");
}

}  // namespace brood
