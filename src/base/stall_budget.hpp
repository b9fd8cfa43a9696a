#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/clock.hpp"

namespace brood {

/// How long a client may make us wait while a body moves: `each` for the next bytes, and in all
/// `each` and the time that the bytes moved so far take at the least rate. Only waiting counts:
/// what a handler or a disk takes is not the client's fault. Pure: it is told the time.
///
/// What we send has moved when the kernel has got rid of it, and the client's kernel tells nothing
/// of what its program reads before there is room for a whole window again: a minute's worth at
/// 1 KB/s. So what it took last earns it the time that it may take to read it at the least rate,
/// twice `each` at most.
class StallBudget {
 public:
  /// \param least_rate bytes a second; 0: any rate will do.
  constexpr StallBudget(Duration each, std::uint64_t least_rate) noexcept
      : each_(each), least_rate_(least_rate) {}

  /// A new body.
  constexpr void start() noexcept {
    moved_ = taken_ = taken_last_ = 0;
    waited_ = Duration{0};
    is_waiting_ = false;
  }

  /// The client makes us wait, from now on or still.
  /// \param queued of the bytes moved, those that the kernel has yet to send.
  /// \return when to give it up.
  constexpr TimePoint wait(TimePoint now, std::uint64_t queued = 0) noexcept {
    const std::uint64_t taken = moved_ - std::min(moved_, queued);
    if (taken > taken_) {
      stop_waiting(now);
      taken_last_ = taken - std::exchange(taken_, taken);
    }
    if (!is_waiting_) since_ = now;
    is_waiting_ = true;
    const Duration earned = queued > 0 ? std::min(time_of(taken_last_), 2 * each_) : Duration{0};
    return since_ + std::min(each_ + earned, each_ + time_of(taken_) - waited_);
  }
  /// The longest that wait() gives for time-outs of `each`.
  static constexpr Duration longest(Duration each) noexcept { return 3 * each; }

  /// So many bytes have moved.
  constexpr void moved(std::uint64_t size, TimePoint now) noexcept {
    stop_waiting(now);
    moved_ += size;
  }

  /// All the waiting up to `now`.
  constexpr Duration waited(TimePoint now) const noexcept {
    return is_waiting_ ? waited_ + (now - since_) : waited_;
  }

 private:
  constexpr void stop_waiting(TimePoint now) noexcept {
    if (is_waiting_) waited_ += now - since_;
    is_waiting_ = false;
  }
  /// That so many bytes take at the least rate.
  constexpr Duration time_of(std::uint64_t size) const noexcept {
    constexpr std::uint64_t for_ever_s = 1'000'000'000;
    const std::uint64_t time_s = least_rate_ == 0 ? for_ever_s : size / least_rate_;
    return std::chrono::seconds{std::min(time_s, for_ever_s)};
  }

  Duration each_;
  std::uint64_t least_rate_;
  std::uint64_t moved_ = 0;
  std::uint64_t taken_ = 0;       ///< Of those, when it was last asked.
  std::uint64_t taken_last_ = 0;  ///< Between the last two times.
  Duration waited_{0};
  TimePoint since_;
  bool is_waiting_ = false;
};

}  // namespace brood
