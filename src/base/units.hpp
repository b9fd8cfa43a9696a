#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace brood {

/// "250ms", "3s", "5m", "2h", "40us"; a bare "0" needs no unit, any other bare number is refused.
/// Whole numbers only. Nothing for anything else, or for what does not fit.
std::optional<Duration> parse_duration(std::string_view text) noexcept;

/// "512", "64k", "16M", "1G": bytes, in steps of 1024. Nothing for anything else, or for what does
/// not fit.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// The shortest form that parse_duration() reads back to the same value: "1500ms", "3s", "0".
std::string format_duration(Duration duration);

/// The same of whole seconds, or of milliseconds below one: a log is no stop-watch.
std::string format_rounded(Duration duration);

/// The shortest form that parse_size() reads back to the same value: "16k", "1000".
std::string format_size(std::uint64_t bytes);

}  // namespace brood
