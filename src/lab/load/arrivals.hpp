#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// A Poisson process: when each request of an open loop is meant to begin. The times are kept as
/// sums of the gaps, not of their roundings, so that the rate is met over any length.
class Arrivals {
 public:
  /// \param rate a second, > 0
  Arrivals(double rate, std::uint64_t seed) noexcept : mean_gap_ns_(1e9 / rate), random_(seed) {
    advance();
  }

  /// From the start of the load.
  Duration next() const noexcept { return Duration{static_cast<std::int64_t>(next_ns_)}; }
  void advance() noexcept { next_ns_ += random_.exponential(mean_gap_ns_); }

 private:
  double mean_gap_ns_;
  SplitMix random_;
  double next_ns_ = 0;
};

}  // namespace brood
