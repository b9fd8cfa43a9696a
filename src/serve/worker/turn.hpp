#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// What one conversation may do before others have their turn. Pure: it is given the clock.
class Turn {
 public:
  using Clock = TimePoint (*)() noexcept;

  explicit constexpr Turn(Clock clock = steady_now) noexcept : clock_(clock) {}

  constexpr void begin() noexcept {
    allowance_ = size;
    looks_ = 0;
  }
  constexpr void moved(std::uint64_t bytes) noexcept {
    allowance_ -= static_cast<std::int64_t>(bytes);
  }
  /// A request counts for something, besides its bytes.
  constexpr void took_request() noexcept { allowance_ -= request_weight; }
  constexpr bool is_over() const noexcept { return allowance_ <= 0; }

  /// Before each look at the socket. Most turns look once or twice, and need not know the time.
  /// \return false: receiving has taken long, whatever makes the bytes dear: small pieces, a slow
  ///   disk.
  bool may_look() noexcept {
    if (looks_++ == 0) return true;
    const TimePoint now = clock_();
    if (looks_ == 2) begun_ = now;
    return now - begun_ <= time_max;
  }

  static constexpr std::int64_t size = 512L * 1024;
  static constexpr std::int64_t request_weight = 4L * 1024;
  static constexpr Duration time_max = std::chrono::milliseconds{2};

 private:
  Clock clock_;
  std::int64_t allowance_ = size;
  int looks_ = 0;
  TimePoint begun_;  ///< Known from the second look on.
};

}  // namespace brood
