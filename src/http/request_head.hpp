#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "http/field.hpp"
#include "http/framing.hpp"
#include "http/limits.hpp"
#include "http/refusal.hpp"
#include "http/request_line.hpp"

namespace brood {

/// A request's head, split and judged. All views point into the bytes that it was read from.
struct RequestHead {
  RequestLine line;
  std::span<const FieldView> fields;
  std::string_view host;  ///< Of the target's authority, else of Host; may be empty.
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  ///< With Framing::length.
  bool keeps_alive = true;           ///< The client expects the connection to stay.
  bool expects_continue = false;     ///< It will send its body when it has read a 100.
  bool has_options = false;          ///< Connection names more than close and keep-alive.
  bool wants_upgrade = false;        ///< Connection names Upgrade.

  bool has_body() const noexcept {
    return framing == Framing::chunked || (framing == Framing::length && content_length > 0);
  }
};

/// Judges `head`, whose line and fields are read, and fills the rest in. Refused:
/// - 400 Host missing (in 1.1), repeated or malformed (RFC 9112, section 3.2);
/// - 400, 413 and 501 for its framing, see FramingFacts;
/// - 417 an expectation other than 100-continue (RFC 9110, section 10.1.1).
Refusal judge_request(RequestHead& head, const SessionLimits& limits) noexcept;

}  // namespace brood
