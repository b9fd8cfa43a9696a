#include "serve/pool/regulator.hpp"

#include <algorithm>
#include <cassert>

namespace brood {
namespace {

std::uint32_t minus(std::uint32_t a, std::uint32_t b) noexcept {
  return a > b ? a - b : 0;
}

/// All but those who only finish.
std::uint32_t serving(const PoolView& view) noexcept {
  return minus(view.total, view.finishing);
}

/// Spawns up to `wanted`, within the ceiling and what may be spawned now, and says what stopped it.
Decision spawn(std::uint32_t wanted, Reason reason, const PoolView& view, const PoolLimits& limits,
               const RegulatorMemory& memory) noexcept {
  const std::uint32_t places = minus(limits.max_workers, serving(view));
  const std::uint32_t room = std::min(places, minus(limits.slots(), view.total));
  if (places == 0)
    return {.reason = Reason::at_ceiling, .memory = {.step = memory.step, .at_ceiling = true}};
  if (room == 0) return {.reason = Reason::kept_out, .memory = memory, .cut = true};
  if (view.spawn_allowance == 0) return {.reason = Reason::held_back, .memory = memory};
  return {.spawn = std::min({wanted, room, view.spawn_allowance}),
          .reason = reason,
          .memory = {.step = memory.step, .at_ceiling = false}};
}

Decision regulate_static(const PoolView& view, const PoolLimits& limits,
                         const RegulatorMemory& memory) noexcept {
  // A worker that leaves keeps its slot until it is gone, and is replaced then: two in its place
  // would make the pool grow by one each time.
  if (serving(view) >= limits.start_workers) return {.reason = Reason::in_band, .memory = {}};
  return spawn(limits.start_workers - serving(view), Reason::static_pool, view, limits, memory);
}

Decision climb(const PoolView& view, const PoolLimits& limits,
               const RegulatorMemory& memory) noexcept {
  Decision decision = spawn(memory.step, Reason::below_min, view, limits, memory);
  // Only a step that was taken in full leads to the next: a pool whose forks are paced must not
  // jump by 32 when they no longer are.
  if (decision.spawn == memory.step)
    decision.memory.step = std::min(memory.step * 2, spawn_step_max);
  else if (decision.spawn == 0)
    decision.memory.step = 1;  // The next burst starts from the bottom.
  return decision;
}

Decision regulate_exponential(const PoolView& view, const PoolLimits& limits,
                              const RegulatorMemory& memory, Moment moment) noexcept {
  if (moment != Moment::tick) return {.reason = Reason::in_band, .memory = memory};
  if (view.idle >= limits.min_spare) return {.reason = Reason::in_band, .memory = {}};
  // A starting worker is the promise of an idle one: counting it keeps a slow start from being
  // answered by a second burst for the same shortage.
  if (view.idle + view.starting >= limits.min_spare)
    return {.reason = Reason::awaiting_idle, .memory = memory};
  return climb(view, limits, memory);
}

/// How many workers have places enough for so many connections.
std::uint32_t workers_for(std::uint32_t connections, const PoolLimits& limits) noexcept {
  const std::uint32_t each = limits.connections_per_worker;
  return connections / each + (connections % each > 0 ? 1 : 0);
}

Decision regulate_demand(const PoolView& view, const PoolLimits& limits,
                         const RegulatorMemory& memory, Moment moment) noexcept {
  const bool dry = view.idle == 0;
  // A single missing spare can wait for the tick; an empty pool cannot.
  if (moment != Moment::tick && !dry) return {.reason = Reason::in_band, .memory = memory};
  if (view.idle >= limits.min_spare && (!dry || view.waiting == 0))
    return {.reason = Reason::in_band, .memory = {}};
  const std::uint32_t wanted = workers_for(view.waiting, limits) + limits.min_spare;
  if (view.idle + view.starting >= wanted)
    return {.reason = Reason::awaiting_idle, .memory = memory};
  return spawn(wanted - view.idle - view.starting, dry ? Reason::running_dry : Reason::below_min,
               view, limits, memory);
}

}  // namespace

Decision regulate(const PoolView& view, const PoolLimits& limits, const RegulatorMemory& memory,
                  Moment moment) noexcept {
  assert(limits.min_spare <= limits.max_spare && limits.max_spare <= limits.max_workers);
  assert(view.idle + view.starting + view.leaving <= view.total);
  assert(view.finishing <= view.leaving);
  if (view.total == view.leaving)
    if (const Decision one = spawn(1, Reason::last_worker, view, limits, memory);
        one.spawn > 0 || one.cut)
      return one;
  if (limits.is_static()) return regulate_static(view, limits, memory);
  if (moment == Moment::tick && view.idle > limits.max_spare && view.total - view.leaving > 1)
    return {.drain = 1, .reason = Reason::above_max, .memory = {}};
  return limits.policy == Policy::exponential ? regulate_exponential(view, limits, memory, moment)
                                              : regulate_demand(view, limits, memory, moment);
}

Decision replace(const PoolView& view, const PoolLimits& limits, const RegulatorMemory& memory,
                 Reason reason) noexcept {
  const bool enough =
      limits.is_static() ? serving(view) >= limits.start_workers : view.idle > limits.max_spare;
  if (enough) return {.reason = Reason::not_needed, .memory = memory};
  return spawn(1, reason, view, limits, memory);
}

std::uint32_t fork_allowance(Duration fork_cost, Duration look_interval) noexcept {
  if (fork_cost.count() <= 0) return 1;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(look_interval / fork_cost / 2, 1, spawn_step_max));
}

const char* to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::in_band: return "in_band";
    case Reason::below_min: return "below_min";
    case Reason::above_max: return "above_max";
    case Reason::awaiting_idle: return "awaiting_idle";
    case Reason::at_ceiling: return "at_ceiling";
    case Reason::running_dry: return "running_dry";
    case Reason::static_pool: return "static_pool";
    case Reason::last_worker: return "last_worker";
    case Reason::held_back: return "held_back";
    case Reason::recycled: return "recycled";
    case Reason::replaced: return "replaced";
    case Reason::succeeded: return "succeeded";
    case Reason::kept_out: return "kept_out";
    case Reason::not_needed: return "not_needed";
  }
  return "?";
}

namespace {

/// "idle 3 below min-spare 5", or what else the pool's state comes to.
std::string spares(const PoolView& view, const PoolLimits& limits) {
  if (limits.is_static())
    return std::to_string(serving(view)) + " of the pool's " +
           std::to_string(limits.start_workers) + " workers";
  const std::string idle =
      (limits.connections_per_worker > 1 ? "spare " : "idle ") + std::to_string(view.idle);
  if (view.idle > limits.max_spare)
    return idle + " above max-spare " + std::to_string(limits.max_spare);
  if (view.idle < limits.min_spare)
    return idle + " below min-spare " + std::to_string(limits.min_spare);
  return idle + " within min-spare " + std::to_string(limits.min_spare) + " and max-spare " +
         std::to_string(limits.max_spare);
}

std::string queue(const PoolView& view, const PoolLimits& limits) {
  if (limits.policy != Policy::demand) return "";
  return ", " + std::to_string(view.waiting) + " waiting";
}

}  // namespace

std::string explain(const Decision& decision, const PoolView& view, const PoolLimits& limits) {
  std::string state = spares(view, limits);
  switch (decision.reason) {
    case Reason::in_band:
    case Reason::above_max:
    case Reason::static_pool: return state;
    case Reason::below_min:
      if (limits.policy == Policy::demand) return state + queue(view, limits);
      return state + ", next ladder step " + std::to_string(decision.memory.step);
    case Reason::awaiting_idle:
      return state + queue(view, limits) + ", " + std::to_string(view.starting) + " starting";
    case Reason::at_ceiling:
      return state + queue(view, limits) + ", max-workers " + std::to_string(limits.max_workers) +
             " reached";
    case Reason::running_dry: return "no spare left" + queue(view, limits);
    case Reason::last_worker:
      return view.total == 0 ? "no worker left, total 0"
                             : "all " + std::to_string(view.total) + " workers are leaving";
    case Reason::held_back: return state + queue(view, limits) + ", spawning is held back";
    case Reason::recycled:
      return "served max-requests connections, its slot is filled again: " + state;
    case Reason::replaced: return "a worker was lost, its slot is filled again: " + state;
    case Reason::succeeded: return "takes no more and finishes what it has: " + state;
    case Reason::kept_out:
      return state + ", all slots taken: " + std::to_string(view.finishing) + " of " +
             std::to_string(view.total) + " workers only finish what they have";
    case Reason::not_needed: return state + " without it";
  }
  return "?";
}

}  // namespace brood
