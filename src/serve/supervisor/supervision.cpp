#include "serve/supervisor/supervision.hpp"

#include <algorithm>
#include <utility>

#include "serve/pool/diagnosis.hpp"
#include "serve/pool/roll.hpp"

namespace brood {

void LivedTime::begin(TimePoint now) noexcept {
  ran = now;
  due = now + regulate_interval;
}

void LivedTime::note_running(TimePoint now) noexcept {
  pauses.note(ran, due, now);
  may_have_missed |= now - due > Pauses::late_max;
  begin(now);
}

void PictureAge::taken(TimePoint now) noexcept {
  if (is_watched) most = std::max(most, now - looked);
  looked = now;
}

void EndedWorkers::add(const WorkerCounts& more, std::uint32_t open_at_once) noexcept {
  counts.connections += more.connections;
  counts.entries += more.entries;
  counts.errors += more.errors;
  ++workers;
  open_most = std::max(open_most, open_at_once);
}

Supervision::Supervision(Generation first, WorkerProcesses& worker_processes, Journal& told)
    : current(std::move(first)),
      processes(worker_processes),
      journal(told),
      pool(slots_with_roll(current.settings->limits),
           current.settings->limits.connections_per_worker) {}

void Supervision::show_limits() noexcept {
  const PoolLimits& limits = current.settings->limits;
  SupervisorPage& head = *processes.scoreboard().head;
  head.max_workers.store(limits.max_workers);
  head.connections_per_worker.store(limits.connections_per_worker);
}

std::uint32_t Supervision::stop_listening() noexcept {
  processes.scoreboard().head->draining.store(1, std::memory_order_relaxed);
  const std::uint32_t refused = current.listeners->stop();
  return refused + (other ? other->listeners->stop() : 0);
}

void Supervision::drain(std::uint32_t slot, Intent intent) noexcept {
  pool.tell_to_leave(slot, intent, steady_now());
  processes.order_to_leave(slot);
}

void Supervision::kill(std::uint32_t slot, Intent intent, std::string offence) {
  Slot& worker = pool[slot];
  if (worker.reaped_at.ns != 0) return;
  if (worker.offence.empty()) worker.offence = std::move(offence);
  pool.intend(slot, intent);
  processes.kill(worker.pid);
}

Duration Supervision::silence(std::uint32_t slot, TimePoint now) const noexcept {
  const TimePoint claimed{processes.page(slot).progress_ns.load(std::memory_order_relaxed)};
  return silence_of(pool[slot], claimed, lived.pauses, now);
}

std::uint32_t Supervision::open_most(std::uint32_t slot) const noexcept {
  const std::uint32_t claimed = processes.page(slot).open_most.load(std::memory_order_relaxed);
  return std::min(claimed, pool[slot].capacity);
}

std::string Supervision::request_in_hand(std::uint32_t slot) const {
  const SlotPage& page = processes.page(slot);
  const bool shown = pool.shows_request(slot, page.phase.load(std::memory_order_relaxed));
  return shown ? page.request_line.load() : "";
}

}  // namespace brood
