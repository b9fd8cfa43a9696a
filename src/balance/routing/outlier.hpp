#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace brood {

/// The one answer that has raised a weighted mean most. What the mean is without it tells a server
/// that is slow from one that once was: a second slow answer counts in full, as does a first that
/// comes back with every tenth request.
class Outlier {
 public:
  /// \param share The weight of this answer in the mean; all before keep the rest of theirs.
  void measured(Duration latency, double share) noexcept {
    share_ *= 1 - share;
    part_ *= 1 - share;
    const double part = share * static_cast<double>(latency.count());
    if (part < part_) return;
    share_ = share;
    part_ = part;
  }

  /// The mean without it, and never more than the mean. 0: there was no other answer.
  Duration taken_from(Duration mean) const noexcept {
    if (share_ >= 1) return Duration{0};
    const double rest = (static_cast<double>(mean.count()) - part_) / (1 - share_);
    return std::min(mean, Duration{static_cast<std::int64_t>(std::max(rest, 0.0))});
  }

 private:
  double share_ = 0;  ///< Its weight in the mean.
  double part_ = 0;   ///< That times its latency.
};

}  // namespace brood
