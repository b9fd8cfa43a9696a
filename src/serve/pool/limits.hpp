#pragma once
// pool: level 2. The rules of the pool, pure: values in, decisions and their reasons out. No system
// call, no clock, no Asio, no log, no globals. Whoever calls keeps the memory between two calls.

#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// Which rule sizes the pool.
enum class Policy : std::uint8_t {
  exponential,  ///< 1, 2, 4 ... 32 a second while spares are short, as Apache's prefork does it.
  demand,       ///< At once when no spare is left, by what waits and what the machine bears.
};

constexpr const char* to_string(Policy policy) noexcept {
  return policy == Policy::exponential ? "exponential" : "demand";
}

/// Bounds of the pool; counts are processes. The command line has checked the relations
/// min_spare <= max_spare <= max_workers and 1 <= start_workers <= max_workers.
struct PoolLimits {
  std::uint32_t start_workers = 5;
  std::uint32_t min_spare = 5;      ///< Spawn when fewer are idle.
  std::uint32_t max_spare = 10;     ///< Drain when more are idle.
  std::uint32_t max_workers = 256;  ///< Never more that take connections or have their full quota.
  Policy policy = Policy::exponential;
  std::uint32_t connections_per_worker = 1;  ///< Open at once; 1 to connections_open_max.

  /// All places for processes. Workers that only finish what they have come on top of max_workers:
  /// ten clients with a long download each must not keep out those who would serve all others. But
  /// they cost memory too: so there may be as many of them again, and no more.
  std::uint32_t slots() const noexcept { return 2 * max_workers; }

  /// A pool that was given one size keeps it, whatever its workers do.
  bool is_static() const noexcept { return min_spare == max_spare && max_spare == start_workers; }
};

/// Ceiling of the 1, 2, 4 ... ladder, in workers a second; after it the rate is constant.
inline constexpr std::uint32_t spawn_step_max = 32;

/// Between two ticks of the regulator.
inline constexpr Duration regulate_interval = std::chrono::seconds{1};

}  // namespace brood
