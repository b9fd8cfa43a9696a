#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// How long a client may make us wait while a body moves: `each` for the next bytes, and in all
/// `each` and the time that the bytes moved so far take at the least rate. Only waiting counts:
/// what a handler or a disk takes is not the client's fault. Pure: it is told the time.
class Patience {
 public:
  /// \param least_rate bytes a second; 0: any rate will do.
  constexpr Patience(Duration each, std::uint64_t least_rate) noexcept
      : each_(each), least_rate_(least_rate) {}

  /// A new body.
  constexpr void start() noexcept {
    moved_ = 0;
    waited_ = Duration{0};
    is_waiting_ = false;
  }

  /// The client makes us wait, from now on or still. \return when to give it up.
  constexpr TimePoint wait(TimePoint now) noexcept {
    if (!is_waiting_) since_ = now;
    is_waiting_ = true;
    return since_ + std::min(each_, allowed() - waited_);
  }

  /// So many bytes have moved.
  constexpr void moved(std::uint64_t size, TimePoint now) noexcept {
    if (is_waiting_) waited_ += now - since_;
    is_waiting_ = false;
    moved_ += size;
  }

  /// All the waiting up to `now`.
  constexpr Duration waited(TimePoint now) const noexcept {
    return is_waiting_ ? waited_ + (now - since_) : waited_;
  }

 private:
  constexpr Duration allowed() const noexcept {
    constexpr std::uint64_t for_ever_s = 1'000'000'000;
    const std::uint64_t earned_s = least_rate_ == 0 ? for_ever_s : moved_ / least_rate_;
    return each_ + std::chrono::seconds{std::min(earned_s, for_ever_s)};
  }

  Duration each_;
  std::uint64_t least_rate_;
  std::uint64_t moved_ = 0;
  Duration waited_{0};
  TimePoint since_;
  bool is_waiting_ = false;
};

}  // namespace brood
