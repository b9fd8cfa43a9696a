#include "serve/handlers/url_path.hpp"

#include "http/characters.hpp"

namespace brood {
namespace {

/// The byte that a percent sign at `at` encodes; nothing where a name cannot have it. \pre The
/// encoding is whole, as ServerSession has made sure; one that is not is refused.
std::optional<char> decode(std::string_view path, std::size_t at) noexcept {
  if (path.size() - at < 3) return std::nullopt;
  const char high = path[at + 1];
  const char low = path[at + 2];
  if (!characters::is(high, characters::hex_digit) || !characters::is(low, characters::hex_digit))
    return std::nullopt;
  const char byte =
      static_cast<char>(characters::hex_value(high) << 4 | characters::hex_value(low));
  if (byte == '\0' || byte == '/') return std::nullopt;
  return byte;
}

/// Of "a/b/" in front of `end`, the end of "a/". \return nothing when there is nothing to drop.
std::optional<std::size_t> end_without_last(std::string_view names, std::size_t end) noexcept {
  if (end == 0) return std::nullopt;
  do --end;
  while (end > 0 && names[end - 1] != '/');
  return end;
}

constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> decode_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::string names(path.size(), '\0');  // Decoded, it is never longer.
  std::size_t end = 0;
  for (std::size_t at = 0; at < path.size();) {
    ++at;  // The slash.
    const std::size_t begin = end;
    for (; at < path.size() && path[at] != '/'; ++at) {
      char byte = path[at];
      if (byte == '%') {
        const auto decoded = decode(path, at);
        if (!decoded) return std::nullopt;
        byte = *decoded;
        at += 2;
      }
      names[end++] = byte;
    }
    const std::string_view name{names.data() + begin, end - begin};
    if (name == "." || name.empty()) {
      end = begin;
    } else if (name == "..") {
      const auto shorter = end_without_last(names, begin);
      if (!shorter) return std::nullopt;
      end = *shorter;
    } else if (at < path.size()) {
      names[end++] = '/';
    }
  }
  names.resize(end);
  return names;
}

std::string encode_path(std::string_view names) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string path;
  path.reserve(names.size());
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t begin = at;
    while (at < names.size() && (is_unreserved(names[at]) || names[at] == '/')) ++at;
    path.append(names, begin, at - begin);
    if (at == names.size()) break;
    const auto value = static_cast<unsigned char>(names[at++]);
    path += {'%', digits[value >> 4], digits[value & 15]};
  }
  return path;
}

}  // namespace brood
