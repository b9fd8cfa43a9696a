#pragma once

#include <cstdint>
#include <string>

#include "serve/pool/limits.hpp"

namespace brood {

/// All that the regulator may see. A copy: it cannot change under us.
struct PoolView {
  std::uint32_t idle = 0;      ///< Spares, see Pool::spare(); one that was told to leave is none.
  std::uint32_t starting = 0;  ///< Forked and not yet spares: the promise of one each.
  std::uint32_t total = 0;     ///< Every process not yet reaped.
  std::uint32_t leaving = 0;   ///< Of the total, those that have been told to leave or are in EXIT.
  std::uint32_t waiting = 0;   ///< Connections in the accept queues; 0 where not asked.
  std::uint32_t spawn_allowance = spawn_step_max;  ///< What machine and restart rule bear now.
  std::uint32_t finishing = 0;  ///< Of those that leave, the ones with connections to finish.
};

/// Why a decision is what it is. Logged as it is, asserted by the tests.
enum class Reason : std::uint8_t {
  in_band,        ///< min-spare <= idle <= max-spare.
  below_min,      ///< Fewer idle than min-spare.
  above_max,      ///< More idle than max-spare.
  awaiting_idle,  ///< Short of spares, but enough are starting.
  at_ceiling,     ///< Short of spares, and max-workers has been reached.
  running_dry,    ///< No spare is left (`demand`).
  static_pool,    ///< The pool has one size and is short of it.
  last_worker,    ///< One worker is always kept.
  held_back,      ///< Short of spares, but nothing may be spawned now (crash loop, failing fork).
  recycled,       ///< A worker served its quota; another takes its slot.
  replaced,       ///< A worker ended otherwise; another takes its slot.
  succeeded,      ///< A worker takes no more and finishes what it has; another serves on.
  kept_out,       ///< Short of spares, and workers that only finish have all further places.
  not_needed,     ///< A worker ended and is not replaced: enough spares without it.
};

/// What the regulator remembers between two ticks; the caller keeps it.
struct RegulatorMemory {
  std::uint32_t step = 1;  ///< The ladder's next step, 1 to spawn_step_max.
  bool at_ceiling =
      false;  ///< So that the ceiling is logged when it is first met, not each second.

  friend bool operator==(const RegulatorMemory&, const RegulatorMemory&) = default;
};

struct Decision {
  std::uint32_t spawn = 0;
  std::uint32_t drain = 0;  ///< 0 or 1, never together with spawn: grow fast, shrink slowly.
  Reason reason = Reason::in_band;
  RegulatorMemory memory;  ///< For the next call.
  bool cut = false;        ///< Whoever has been finishing for the longest time has to go.

  friend bool operator==(const Decision&, const Decision&) = default;
};

/// Whether this call is the second's tick or a look between two ticks. Between ticks only a policy
/// that acts at once (`demand`, and a static pool mending itself) decides anything.
enum class Moment : std::uint8_t { tick, look };

/// What to do about the size of the pool. Never lets spawn pass max_workers, those who only finish
/// left aside, and drains only what is above max_spare. Sources: Apache httpd's prefork idle server
/// maintenance (1, 2, 4
/// ... 32 a second), P5's text.
Decision regulate(const PoolView& view, const PoolLimits& limits, const RegulatorMemory& memory,
                  Moment moment) noexcept;

/// Whether a worker that has just ended by itself (`recycled`) or against our will (`replaced`), or
/// that takes no more (`succeeded`), has another one in its stead at once. Replacing is not
/// growing: it takes no step of the ladder. \param reason one of the three.
Decision replace(const PoolView& view, const PoolLimits& limits, const RegulatorMemory& memory,
                 Reason reason) noexcept;

/// How many forks a look may spend: half of the time between two looks, and at least one.
/// \param fork_cost what one fork took lately; 0 when unknown.
std::uint32_t fork_allowance(Duration fork_cost, Duration look_interval) noexcept;

/// The decision's inputs and rule for a person: "idle 3 below min-spare 5, ladder step 4". Where
/// workers have many connections it says "spare 3", for some that are IDLE are not spare.
std::string explain(const Decision& decision, const PoolView& view, const PoolLimits& limits);

/// "in_band" ... "not_needed".
const char* to_string(Reason reason) noexcept;

}  // namespace brood
