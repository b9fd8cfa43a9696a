#pragma once

#include <array>
#include <cstddef>

#include "base/clock.hpp"

namespace brood {

/// Stretches of time in which the supervisor did not run: it was stopped with its workers (Ctrl-Z),
/// or the machine was suspended, moved to another host, or had no processor for it. What did not
/// happen in them is nobody's fault. The newest few are remembered.
class Pauses {
 public:
  /// So late may somebody come who was only busy.
  static constexpr Duration late_max = std::chrono::milliseconds{250};

  /// It runs at `now`, ran before at `last`, and was to run again by `due` at the latest.
  void note(TimePoint last, TimePoint due, TimePoint now) noexcept;

  /// `since`, as if it had been later by all pauses between it and `now`: what has passed from
  /// there to `now` is time in which everybody could run.
  TimePoint moved(TimePoint since, TimePoint now) const noexcept;

 private:
  struct Pause {
    TimePoint from, to;
  };
  std::array<Pause, 8> pauses_{};
  std::size_t next_ = 0;
};

}  // namespace brood
