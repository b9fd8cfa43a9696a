#pragma once

#include <cstdint>
#include <span>

#include "http/field.hpp"
#include "http/framing.hpp"
#include "http/limits.hpp"
#include "http/refusal.hpp"
#include "http/status_line.hpp"

namespace brood {

/// A response's head, split and judged. All views point into the bytes that it was read from.
struct ResponseHead {
  StatusLine line;
  std::span<const FieldView> fields;
  Framing framing = Framing::none;   ///< Of what follows on this connection.
  std::uint64_t content_length = 0;  ///< With Framing::length.
  bool keeps_alive = true;           ///< The server leaves the connection open.
  bool has_options = false;          ///< Connection names more than close and keep-alive.

  bool is_interim() const noexcept { return line.status < 200 && line.status != 101; }
};

/// Judges `head`, whose line and fields are read, and fills the rest in (RFC 9112, section 6.3).
/// Refused, with 502: what FramingFacts refuses, also where no body follows.
Refusal judge_response(ResponseHead& head, bool is_answer_to_head,
                       const SessionLimits& limits) noexcept;

}  // namespace brood
