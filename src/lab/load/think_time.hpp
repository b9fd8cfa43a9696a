#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// For how long a client thinks, or a server works.
struct ThinkTime {
  enum class Shape : std::uint8_t {
    fixed,        ///< `usual`, each time.
    exponential,  ///< Drawn around the mean `usual`.
    bimodal,      ///< `usual`, or `rare` with the chance `rare_share`.
  };

  Shape shape = Shape::fixed;
  Duration usual{0};
  Duration rare{0};
  double rare_share = 0;  ///< 0 to 1.

  Duration draw(SplitMix& random) const noexcept {
    switch (shape) {
      case Shape::fixed: return usual;
      case Shape::bimodal: return random.unit() < rare_share ? rare : usual;
      case Shape::exponential: break;
    }
    return Duration{
        static_cast<std::int64_t>(random.exponential(static_cast<double>(usual.count())))};
  }
};

}  // namespace brood
