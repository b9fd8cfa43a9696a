#include "http/field.hpp"

#include <algorithm>
#include <array>

#include "http/characters.hpp"

namespace brood {

KnownField known_field(std::string_view name) noexcept {
  const auto is = [name](std::string_view known) {
    return characters::equal_ignoring_case(name, known);
  };
  switch (name.size()) {  // No two have the same.
    case 4: return is("Host") ? KnownField::host : KnownField::other;
    case 6: return is("Expect") ? KnownField::expect : KnownField::other;
    case 10: return is("Connection") ? KnownField::connection : KnownField::other;
    case 14: return is("Content-Length") ? KnownField::content_length : KnownField::other;
    case 17: return is("Transfer-Encoding") ? KnownField::transfer_encoding : KnownField::other;
    default: return KnownField::other;
  }
}

std::optional<std::string_view> find_field(std::span<const FieldView> fields,
                                           std::string_view name) noexcept {
  for (const FieldView& field : fields)
    if (characters::equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

bool is_sound_field(std::string_view name, std::string_view value) noexcept {
  return !name.empty() && characters::all(name, characters::token) &&
         characters::find_not_field_value(value, 0) == value.size();
}

bool is_connections_own(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> own_names{
      "Content-Length", "Transfer-Encoding", "Connection", "Proxy-Connection",
      "Keep-Alive",     "Trailer",           "TE",         "Upgrade"};
  return std::any_of(own_names.begin(), own_names.end(), [name](std::string_view own) {
    return characters::equal_ignoring_case(own, name);
  });
}

bool is_servers_own(std::string_view name) noexcept {
  return characters::equal_ignoring_case(name, "Date") ||
         characters::equal_ignoring_case(name, "Server") || is_connections_own(name);
}

std::optional<std::string_view> next_element(std::optional<std::string_view>& list) noexcept {
  if (!list) return std::nullopt;
  const std::string_view rest = *list;
  const auto comma = rest.find(',');
  if (comma == std::string_view::npos) {
    list.reset();
  } else {
    list = rest.substr(comma + 1);
  }
  return characters::trimmed(rest.substr(0, comma));
}

void skip_separators(std::string_view& list) noexcept {
  std::size_t at = 0;
  while (at < list.size() && (list[at] == ',' || list[at] == ' ' || list[at] == '\t')) ++at;
  list.remove_prefix(at);
}

std::optional<std::string_view> next_element_of(std::string_view& list) noexcept {
  skip_separators(list);
  if (list.empty()) return std::nullopt;
  std::size_t end = 1;
  while (end < list.size() && list[end] != ',') ++end;
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(end);
  return characters::trimmed(element);
}

}  // namespace brood
