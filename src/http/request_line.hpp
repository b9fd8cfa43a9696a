#pragma once

#include <cstdint>
#include <string_view>

#include "http/refusal.hpp"
#include "http/target.hpp"

namespace brood {

/// Who judges a request: a proxy passes on what only the server behind it can know.
enum class Role : std::uint8_t {
  origin,  ///< Any method is good but CONNECT and TRACE.
  proxy,   ///< TRACE too.
};

/// A request line that has passed (RFC 9112, section 3).
struct RequestLine {
  std::string_view method;
  std::string_view target;   ///< As sent.
  Target parts;              ///< The same, split.
  bool is_http_1_0 = false;  ///< Otherwise HTTP/1.1, as which every later 1.x is read.
};

/// `line` without its line end. Refused: 400 malformed, 505 another major version, 501 CONNECT and,
/// unless for a proxy, TRACE; 421 see parse_target().
Refusal parse_request_line(std::string_view line, RequestLine& request,
                           Role role = Role::origin) noexcept;

/// Whether who sends a request with this method says how long its body is, even if it is empty
/// (RFC 9110, section 8.6). Who reads it takes an absent body for an empty one (RFC 9112, 6.3).
bool needs_length(std::string_view method) noexcept;

}  // namespace brood
