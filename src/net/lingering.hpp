#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace brood {

/// How long a closing connection is read on: closed while its peer still sends, it would be reset,
/// and the answer that is on its way destroyed (RFC 9112, section 9.6). As long as bytes come, up
/// to a bound (nginx: lingering_timeout and lingering_time, the same figures). Pure: it is told the
/// time.
class Lingering {
 public:
  /// \param silence Without a byte for so long it is over.
  explicit constexpr Lingering(Duration silence = std::chrono::seconds{5}) noexcept
      : silence_(silence) {}

  constexpr void start(TimePoint now) noexcept {
    end_ = now + in_all;
    received(now);
  }
  /// Some bytes have come.
  constexpr void received(TimePoint now) noexcept { deadline_ = std::min(now + silence_, end_); }
  constexpr TimePoint deadline() const noexcept { return deadline_; }

 private:
  static constexpr Duration in_all = std::chrono::seconds{30};

  Duration silence_;
  TimePoint end_;
  TimePoint deadline_;
};

}  // namespace brood
