#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace brood {

using Duration = std::chrono::nanoseconds;

/// A point on CLOCK_MONOTONIC, which every process of the machine shares: what a worker stamps,
/// the supervisor can compare. Pure code is handed such points and never asks for one.
struct TimePoint {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  friend constexpr Duration operator-(TimePoint a, TimePoint b) { return Duration{a.ns - b.ns}; }
  friend constexpr TimePoint operator+(TimePoint a, Duration d) { return {a.ns + d.count()}; }
};

/// A moment that does not come.
inline constexpr TimePoint never{INT64_MAX};

inline TimePoint steady_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

/// Milliseconds since 1970, UTC: for what others compare with their own clocks.
inline std::uint64_t unix_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

/// Whole microseconds, as the logs print durations.
constexpr std::int64_t to_us(Duration duration) noexcept {
  return duration.count() / 1000;
}

}  // namespace brood
