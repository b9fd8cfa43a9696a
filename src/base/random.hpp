#pragma once

#include <cmath>
#include <cstdint>

namespace brood {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// Our own, because the distributions of <random> differ between libraries and a seed must give
/// the same run everywhere.
class SplitMix {
 public:
  explicit constexpr SplitMix(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound); bound > 0. Multiply and shift: a bias below 2^-32 is of no matter here.
  constexpr std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  /// Uniform in [0, 1).
  constexpr double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Whether both give the same numbers from now on.
  friend constexpr bool operator==(const SplitMix&, const SplitMix&) = default;

  /// Exponentially distributed with the given mean; never infinite.
  double exponential(double mean) noexcept { return -mean * std::log1p(-unit()); }

 private:
  std::uint64_t state_;
};

}  // namespace brood
