#pragma once

#include <string_view>

#include "http/characters.hpp"

namespace brood {

/// HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112, section 2.3), in digits; -1: malformed.
struct Version {
  int major = -1;
  int minor = -1;
};

constexpr Version read_version(std::string_view text) noexcept {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.' ||
      !characters::is(text[5], characters::digit) || !characters::is(text[7], characters::digit))
    return {};
  return {text[5] - '0', text[7] - '0'};
}

}  // namespace brood
