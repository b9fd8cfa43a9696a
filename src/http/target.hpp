#pragma once

#include <cstdint>
#include <string_view>

#include "http/refusal.hpp"

namespace brood {

/// A request target, split (RFC 9112, section 3.2). The authority form belongs to CONNECT alone,
/// which this server does not implement.
struct Target {
  enum class Form : std::uint8_t { origin, absolute, asterisk };

  Form form = Form::origin;
  std::string_view authority;  ///< Of the absolute form; it outranks Host.
  std::string_view path;       ///< Still encoded, never empty; "*" in the asterisk form.
  std::string_view query;      ///< As sent, without its "?"; a "%" in it may stand alone.
};

/// Splits and checks `text`, which must be in a form that goes with the method. On refusal (400;
/// 421 for an https URI on a connection that is not secured, RFC 9110, section 7.4) `target` is
/// not to be used.
Refusal parse_target(std::string_view text, bool is_options, Target& target) noexcept;

}  // namespace brood
