#include "handlers/url_path.hpp"

#include <charconv>

namespace brood {
namespace {

/// \return false where a name cannot have such a byte. \pre Encodings are whole, as ServerSession
/// has made sure; one that is not is refused.
bool append_decoded(std::string_view segment, std::string& names) {
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] != '%') {
      names += segment[at];
      continue;
    }
    const std::string_view digits = segment.substr(at + 1, 2);
    unsigned char byte = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || digits.size() < 2 || end != digits.data() + 2) return false;
    if (byte == '\0' || byte == '/') return false;
    names += static_cast<char>(byte);
    at += 2;
  }
  return true;
}

/// "a/b/" becomes "a/". \return false when there is nothing to drop.
bool drop_last_folder(std::string& names) {
  if (names.empty()) return false;
  names.pop_back();
  const auto slash = names.rfind('/');
  names.resize(slash == std::string::npos ? 0 : slash + 1);
  return true;
}

constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> decode_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::string names;
  names.reserve(path.size());
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    const std::size_t begin = names.size();
    if (!append_decoded(segment, names)) return std::nullopt;
    const std::string_view name = std::string_view(names).substr(begin);
    if (name == "." || name.empty()) {
      names.resize(begin);
    } else if (name == "..") {
      names.resize(begin);
      if (!drop_last_folder(names)) return std::nullopt;
    } else if (!path.empty()) {
      names += '/';
    }
  }
  return names;
}

std::string encode_path(std::string_view names) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string path;
  path.reserve(names.size());
  for (const char c : names) {
    const auto value = static_cast<unsigned char>(c);
    if (is_unreserved(c) || c == '/') {
      path += c;
    } else {
      path += {'%', digits[value >> 4], digits[value & 15]};
    }
  }
  return path;
}

}  // namespace brood
