#pragma once

#include <ctime>
#include <optional>
#include <string_view>

namespace brood {

/// Reads an HTTP-date in any of its three forms (RFC 9110, section 5.6.7):
///   "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"
/// as seconds since 1970 UTC. A year of two digits is of the century of `now`, or of the one before
/// if it would be more than 50 years ahead. Whether the day's name fits the date is not asked.
/// Nothing for anything else.
std::optional<std::time_t> parse_date(std::string_view text, std::time_t now) noexcept;

}  // namespace brood
