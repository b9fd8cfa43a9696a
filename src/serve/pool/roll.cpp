#include "serve/pool/roll.hpp"

#include <algorithm>
#include <set>

namespace brood {
namespace {

/// What a roll has to know of the pool.
struct Sides {
  std::uint32_t staying_new = 0;
  std::uint32_t staying_old = 0;
  std::uint32_t leaving = 0;            ///< Told lately, and nothing seen of it yet.
  std::optional<std::uint32_t> newest;  ///< Of the old ones that stay.
};

/// It has not shown that it finishes, and may not have heard yet.
bool is_on_its_way(const Slot& worker, TimePoint now) noexcept {
  return worker.lives() && worker.intent == Intent::drain_roll && worker.no_more_since.ns == 0 &&
         worker.seen.state != WorkerState::exit && now - worker.leaving_since < leave_patience;
}

Sides sides_of(const Pool& pool, std::uint32_t generation, TimePoint now) noexcept {
  Sides sides;
  for (std::uint32_t slot = 0; slot < pool.used(); ++slot) {
    const Slot& worker = pool[slot];
    if (is_on_its_way(worker, now)) ++sides.leaving;
    if (!worker.stays()) continue;
    if (worker.generation == generation) {
      ++sides.staying_new;
      continue;
    }
    ++sides.staying_old;
    if (!sides.newest || pool[*sides.newest].born < worker.born) sides.newest = slot;
  }
  return sides;
}

/// Whether the pool keeps its size by the new limits without the old ones that are left.
bool has_enough(const Sides& sides, const Pool& pool, const PoolLimits& limits) noexcept {
  if (sides.staying_new >= limits.max_workers) return true;
  if (limits.is_static()) return sides.staying_new >= limits.start_workers;
  return sides.staying_new > 0 && pool.spare() > limits.max_spare;
}

}  // namespace

Roll::Step Roll::next(const Pool& pool, const PoolLimits& limits, TimePoint now) {
  look_who_is_ready(pool);
  const Sides sides = sides_of(pool, generation_, now);
  if (!sides.newest && is_proven_) return {.what = Step::What::over};
  const auto in_hand = static_cast<std::uint32_t>(starting_.size()) + sides.leaving;
  const bool may_begin = in_hand < roll_width(sides.staying_old + sides.staying_new);
  const bool is_beyond = is_proven_ && may_begin && has_enough(sides, pool, limits);
  if (sides.newest && (credits_ > 0 || is_beyond)) {
    if (credits_ > 0) --credits_;
    return {.what = Step::What::leave, .slot = *sides.newest};
  }
  // One at least, to see whether the generation is fit to serve.
  const std::uint32_t wanted = std::max(sides.staying_old, is_proven_ ? 0U : 1U);
  if (!may_begin || starting_.size() >= wanted) return {};
  const auto place = pool.free_slot();
  return place ? Step{.what = Step::What::start, .slot = *place} : Step{};
}

void Roll::look_who_is_ready(const Pool& pool) {
  std::erase_if(starting_, [&](std::uint32_t slot) {
    const Slot& worker = pool[slot];
    const bool is_ready = worker.generation == generation_ && worker.ready_since.ns != 0;
    if (is_ready) ++credits_;
    is_proven_ |= is_ready;
    return is_ready || !worker.occupied() || worker.generation != generation_;
  });
}

bool Roll::fails_by(const Slot& ended) const noexcept {
  return ended.generation == generation_ && ended.ready_since.ns == 0 &&
         ended.intent != Intent::drain_spare && ended.intent != Intent::drain_roll;
}

std::uint32_t slots_with_roll(const PoolLimits& limits) noexcept {
  return limits.slots() + roll_width(limits.max_workers);
}

std::optional<std::uint32_t> outdated_generation(const Pool& pool, std::uint32_t now_in_force,
                                                 std::uint32_t most) {
  std::set<std::uint32_t> old;
  for (std::uint32_t slot = 0; slot < pool.used(); ++slot) {
    const Slot& worker = pool[slot];
    const bool is_killed = worker.intent >= Intent::kill_hung;
    if (worker.lives() && !is_killed && worker.generation != now_in_force)
      old.insert(worker.generation);
  }
  if (old.size() <= most) return std::nullopt;
  return *old.begin();
}

}  // namespace brood
