#include "serve/pool/pool.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "serve/pool/restart.hpp"

namespace brood {

std::uint32_t& Census::operator[](WorkerState state) noexcept {
  switch (state) {
    case WorkerState::init: return starting;
    case WorkerState::idle: return idle;
    case WorkerState::busy: return busy;
    case WorkerState::exit: break;
  }
  return exiting;
}

void Census::apply(const Path& path) noexcept {
  const std::uint64_t exits = path.exits_from_init + path.exits_from_idle + path.exits_from_busy;
  // Everybody who entered BUSY and did not stay or leave came back to IDLE; what is left of the
  // entries into IDLE were acknowledgements.
  starting = static_cast<std::uint32_t>(starting - path.acknowledged - path.exits_from_init);
  busy = static_cast<std::uint32_t>(busy + path.became_busy -
                                    (path.became_idle - path.acknowledged) - path.exits_from_busy);
  idle =
      static_cast<std::uint32_t>(idle + path.became_idle - path.became_busy - path.exits_from_idle);
  exiting = static_cast<std::uint32_t>(exiting + exits);
}

void Pool::reconfigure(std::uint32_t slot_count, std::uint32_t capacity) {
  if (slot_count > size()) slots_.resize(slot_count);
  capacity_ = capacity;
}

std::optional<std::uint32_t> Pool::free_slot() const noexcept {
  for (std::uint32_t slot = 0; slot < size(); ++slot)
    if (!slots_[slot].occupied()) return slot;
  return std::nullopt;
}

void Pool::born(std::uint32_t slot, int pid, TimePoint now) noexcept {
  assert(!slots_[slot].occupied() && pid > 0);
  slots_[slot].pid = pid;
  slots_[slot].capacity = capacity_;
  slots_[slot].born = now;
  slots_[slot].idle_since = now;
  used_ = std::max(used_, slot + 1);
  ++census_.starting;
}

std::optional<Path> Pool::observe(std::uint32_t number, const WorkerSnapshot& seen,
                                  TimePoint now) noexcept {
  Slot& slot = slots_[number];
  if (seen == slot.seen) return Path{};
  if (!is_sound(seen, slot.capacity)) return std::nullopt;
  const std::optional<Path> path = path_between(slot.seen, seen, slot.capacity);
  if (!path) return std::nullopt;
  // Until it is acknowledged, INIT is all that a worker may show, or that it leaves.
  if (!slot.acknowledged && path->exits_from_init == 0) return std::nullopt;
  census_.apply(*path);
  if (seen.finished() > slot.seen.finished()) slot.proven = true;
  if (path->acknowledged > 0) slot.ready_since = now;
  slot.idle_since = now;
  slot.seen = seen;
  return path;
}

void Pool::intend(std::uint32_t slot, Intent intent) noexcept {
  const bool killed = slots_[slot].intent >= Intent::kill_hung;
  if (!killed) slots_[slot].intent = intent;
}

void Pool::tell_to_leave(std::uint32_t slot, Intent meant, TimePoint now) noexcept {
  intend(slot, meant);
  if (meant != Intent::ask_hung) begin_to_leave(slot, now);
}

bool Pool::prove(std::uint32_t slot, std::uint64_t entries, TimePoint now) noexcept {
  Slot& worker = slots_[slot];
  const bool was_ready = worker.ready_since.ns != 0;
  if (was_ready && (entries > 0 || now - worker.ready_since >= trial_proof)) worker.proven = true;
  return worker.proven && !std::exchange(worker.proof_noted, true);
}

bool Pool::takes_no_more(std::uint32_t slot, TimePoint now) noexcept {
  if (slots_[slot].no_more_since.ns != 0) return false;
  slots_[slot].no_more_since = now;
  return true;
}

void Pool::begin_to_leave(std::uint32_t slot, TimePoint now) noexcept {
  if (slots_[slot].leaving_since.ns == 0) slots_[slot].leaving_since = now;
}

bool Pool::takes_long_to_finish(std::uint32_t slot, TimePoint now) const noexcept {
  const Slot& worker = slots_[slot];
  return worker.lives() && worker.seen.open > 0 && worker.no_more_since.ns != 0 &&
         now - worker.no_more_since >= succession_delay;
}

std::optional<std::uint32_t> Pool::next_to_cut(Duration grace, TimePoint now,
                                               const Pauses& pauses) const noexcept {
  std::optional<std::uint32_t> next;
  for (std::uint32_t slot = 0; slot < used_; ++slot)
    if (slots_[slot].finishes() && slots_[slot].intent < Intent::kill_hung &&
        now - pauses.moved(slots_[slot].leaving_since, now) >= grace &&
        (!next || slots_[slot].leaving_since < slots_[*next].leaving_since))
      next = slot;
  return next;
}

Slot Pool::release(std::uint32_t number, std::uint64_t errors) noexcept {
  Slot& slot = slots_[number];
  assert(slot.over());
  --census_[slot.seen.state];
  Slot empty;
  empty.connections_before = slot.connections_before + slot.seen.connections;
  empty.errors_before = slot.errors_before + errors;
  return std::exchange(slot, std::move(empty));
}

std::uint32_t Pool::spare() const noexcept {
  std::uint64_t places = 0;
  for (std::uint32_t slot = 0; slot < used_; ++slot) {
    const Slot& worker = slots_[slot];
    if (!worker.takes_more()) continue;
    places += std::uint64_t{worker.capacity - worker.seen.open} * capacity_ / worker.capacity;
  }
  return static_cast<std::uint32_t>(places / capacity_);
}

std::optional<std::uint32_t> Pool::next_to_drain() const noexcept {
  const auto rank = [&](std::uint32_t slot) {
    const Slot& worker = slots_[slot];
    return std::tuple(worker.generation, worker.seen.open, worker.idle_since.ns);
  };
  std::optional<std::uint32_t> next;
  for (std::uint32_t slot = 0; slot < used_; ++slot)
    if (slots_[slot].takes_more() && (!next || rank(slot) < rank(*next))) next = slot;
  return next;
}

std::optional<std::uint32_t> Pool::next_spare(std::uint32_t last) const noexcept {
  for (std::uint32_t step = 1; step <= used_; ++step) {
    const std::uint32_t slot = (last + step) % used_;
    if (slots_[slot].takes_more()) return slot;
  }
  return std::nullopt;
}

Nudge Pool::next_nudge(std::uint32_t waiting, std::uint32_t last) const noexcept {
  if (waiting == 0) return {};
  return {.slot = next_spare(last), .again = true};
}

bool Pool::shows_request(std::uint32_t slot, Phase phase) const noexcept {
  if (slots_[slot].capacity == 1) return slots_[slot].seen.state == WorkerState::busy;
  return slots_[slot].seen.open > 0 && phase == Phase::working;
}

bool Pool::trial_running() const noexcept {
  return std::any_of(slots_.begin(), slots_.begin() + used_, [](const Slot& slot) {
    return slot.occupied() && slot.trial && !slot.proven;
  });
}

bool Pool::asks_queue(Policy policy) const noexcept {
  return policy == Policy::demand && spare() == 0;
}

bool Pool::is_watched_when_quiet(const PoolLimits& limits) const noexcept {
  return limits.policy == Policy::demand && census_.idle == 0 &&
         census_.total() < limits.max_workers;
}

PoolView Pool::view(std::uint32_t waiting, std::uint32_t spawn_allowance) const noexcept {
  PoolView view{.idle = spare(),
                .total = census_.total(),
                .waiting = waiting,
                .spawn_allowance = spawn_allowance};
  for (std::uint32_t slot = 0; slot < used_; ++slot) {
    if (!slots_[slot].occupied()) continue;
    if (slots_[slot].finishes()) ++view.finishing;
    if (!slots_[slot].stays())
      ++view.leaving;
    else if (slots_[slot].seen.state == WorkerState::init)
      ++view.starting;
  }
  return view;
}

}  // namespace brood
