#pragma once

#include <cstdint>
#include <string_view>

#include "http/refusal.hpp"
#include "http/target.hpp"

namespace brood {

/// Who judges a request: a proxy passes on what only the server behind it can know.
enum class Role : std::uint8_t {
  origin,  ///< Knows all its methods, and asks for a length where a body is usual.
  proxy,   ///< Any method but CONNECT is good, and a POST without a length has no body.
};

/// A request line that has passed (RFC 9112, section 3).
struct RequestLine {
  std::string_view method;
  std::string_view target;   ///< As sent.
  Target parts;              ///< The same, split.
  bool is_http_1_0 = false;  ///< Otherwise HTTP/1.1, as which every later 1.x is read.
};

/// `line` without its line end. Refused: 400 malformed, 505 another major version, 501 a method
/// that is not GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS (for a proxy: CONNECT), 421 see
/// parse_target().
Refusal parse_request_line(std::string_view line, RequestLine& request,
                           Role role = Role::origin) noexcept;

/// Whether a request with this method must say how long its body is, even if it is empty.
bool needs_length(std::string_view method) noexcept;

}  // namespace brood
