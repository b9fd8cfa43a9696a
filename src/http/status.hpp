#pragma once

#include <string_view>

namespace brood {

/// The phrase of the registry (RFC 9110, section 15; RFC 6585; RFC 8470; RFC 4918 …), or an empty
/// one, which a status line may carry, for a status that is not in it.
std::string_view reason_phrase(int status) noexcept;

/// Whether a response with this status has no body, whatever its fields say (RFC 9110, sections
/// 15.3.5 and 15.4.5).
constexpr bool is_bodiless(int status) noexcept {
  return status == 204 || status == 304;
}

}  // namespace brood
