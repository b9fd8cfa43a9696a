#include <unistd.h>

#include <algorithm>

#include "serve/supervisor/supervisor.hpp"

// The answer to SIGINT: the pool as it is now, slot by slot.

namespace brood {
namespace {

LogEvent dump_event(std::string_view name) {
  return {.level = Level::info, .mark = Mark::dump, .name = name};
}

LogEvent slot_event(std::uint32_t number, const Slot& slot, const WorkerCounts& counts,
                    TimePoint now) {
  LogEvent event = dump_event("dump_slot");
  event.with("slot", number)
      .with_signed("pid", slot.pid)
      .with("state", to_string(slot.seen.state))
      .with_signed("age_ms", to_us(now - slot.born) / 1000)
      .with("connections", slot.seen.connections)
      .with("open", slot.seen.open)
      .with("slot_connections", slot.connections_before + slot.seen.connections)
      .with("errors", counts.errors)
      .with("slot_errors", slot.errors_before + counts.errors);
  return event;
}

}  // namespace

void Supervisor::dump() {
  sight_all();
  journal_.show_now(steady_now());
  const TimePoint now = steady_now();
  LogEvent head = dump_event("dump");
  head.with("workers", pool_.census().total());
  journal_.with_census(head).with_signed("age_us", to_us(now - looked_));
  journal_.log().write(head);

  std::uint64_t connections = ended_counts_.connections;
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_[slot].occupied()) continue;
    connections += pool_[slot].seen.connections;
    journal_.log().write(slot_event(slot, pool_[slot], crew_.page(slot).counts(), now));
  }
  if (!settings_.sole_worker.model.empty()) dump_sole_worker();
  if (reporter_ != nullptr) reporter_->dump(now);
  const HealthTotals totals = crew_.scoreboard().totals();
  LogEvent last = dump_event("dump_totals");
  last.with("connections", connections)
      .with("entries", totals.entries)
      .with("errors", totals.errors)
      .with("workers_ended", ended_workers_)
      .with_signed("uptime_ms", to_us(now - started_) / 1000)
      .with_signed("age_max_us", to_us(age_max_))
      .with("to_stop", "kill -TERM " + std::to_string(::getpid()) + ", or Ctrl-Z and then kill %1");
  journal_.log().write(last);
  keep_log_moving();
}

/// What is open is what the threads of a pool have in hand, and behind it what waits for them.
void Supervisor::dump_sole_worker() {
  const SoleWorker& sole = settings_.sole_worker;
  std::uint32_t open = 0;  // Of the worker, and of one before it that finishes what it has.
  std::uint32_t most = ended_open_most_;
  std::uint64_t since_start = ended_counts_.connections;
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_[slot].occupied()) continue;
    open += pool_[slot].seen.open;
    most = std::max(most, open_most(slot));
    since_start += pool_[slot].seen.connections;
  }
  LogEvent event = dump_event("dump_model");
  event.with("model", std::string(sole.model))
      .with(sole.unit, std::uint64_t{open})
      .with("most", most)
      .with("limit", settings_.limits.connections_per_worker)
      .with("since_start", since_start);
  if (sole.threads > 0)
    event.with("threads", sole.threads).with("queued", open - std::min(open, sole.threads));
  journal_.log().write(event);
}

}  // namespace brood
