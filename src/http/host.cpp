#include "http/host.hpp"

#include <charconv>
#include <cstdint>

#include "http/characters.hpp"

namespace brood {
namespace {

bool is_port(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (!characters::all(text, characters::digit)) return false;
  std::uint16_t port = 0;
  return std::from_chars(text.data(), text.data() + text.size(), port).ec == std::errc{};
}

bool is_ipv4(std::string_view text) noexcept {
  for (int part = 0; part < 4; ++part) {
    const auto dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3) return false;
    const std::string_view octet = text.substr(0, dot);
    std::uint8_t value = 0;
    const auto [end, error] = std::from_chars(octet.data(), octet.data() + dot, value);
    if (error != std::errc{} || end != octet.data() + dot) return false;
    if (octet.size() > 1 && octet[0] == '0') return false;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return true;
}

/// How many 16-bit groups `text` holds, separated by single colons; -1 when it is malformed. An
/// IPv4 address counts for two, and must be the last.
int count_groups(std::string_view text, bool may_end_in_ipv4) noexcept {
  int count = 0;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && may_end_in_ipv4 && is_ipv4(group)) return count + 2;
    if (group.empty() || group.size() > 4) return -1;
    if (!characters::all(group, characters::hex_digit)) return -1;
    ++count;
    if (colon == std::string_view::npos) return count;
    text.remove_prefix(colon + 1);
    if (text.empty()) return -1;
  }
  return count;
}

bool is_ipv6(std::string_view text) noexcept {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const int before = count_groups(text.substr(0, gap), false);
  const int after = count_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

}  // namespace

bool is_host_and_port(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos || !is_ipv6(text.substr(1, bracket - 1))) return false;
    const std::string_view rest = text.substr(bracket + 1);
    return rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)));
  }
  const auto colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name.empty() || !characters::all_or_encoded(name, characters::host)) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

}  // namespace brood
