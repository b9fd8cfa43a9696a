#pragma once

#include <string_view>

#include "http/refusal.hpp"

namespace brood {

/// A status line that has passed (RFC 9112, section 4).
struct StatusLine {
  int status = 0;  ///< 100 to 599.
  std::string_view reason;
  bool is_http_1_0 = false;  ///< Otherwise HTTP/1.1, as which every later 1.x is read.
};

/// `line` without its line end. Refused, with 502: malformed, another major version, a status out
/// of range. The space before an empty reason may be missing, as it is from many servers.
Refusal parse_status_line(std::string_view line, StatusLine& response) noexcept;

}  // namespace brood
