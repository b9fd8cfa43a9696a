#include "control/pool_dump.hpp"

#include <algorithm>

namespace brood {
namespace {

LogEvent dump_event(std::string_view name) {
  return {.level = Level::info, .mark = Mark::dump, .name = name};
}

LogEvent head_of(const PoolStatus& status) {
  LogEvent event = dump_event("dump");
  event.with("workers", status.states.total())
      .with("idle", status.states.idle)
      .with("busy", status.states.busy)
      .with("starting", status.states.starting)
      .with("exiting", status.states.exiting)
      .with("total", status.states.total())
      .with("generation", status.generation)
      .with_signed("age_us", to_us(status.picture_age));
  return event;
}

LogEvent line_of(const WorkerStatus& worker) {
  LogEvent event = dump_event("dump_slot");
  event.with("slot", worker.slot)
      .with_signed("pid", worker.pid)
      .with("generation", worker.generation)
      .with("state", to_string(worker.state))
      .with_signed("age_ms", to_us(worker.age) / 1000)
      .with("connections", worker.connections)
      .with("open", worker.open)
      .with("slot_connections", worker.slot_connections)
      .with("errors", worker.errors)
      .with("slot_errors", worker.slot_errors);
  return event;
}

/// What is open is what the threads of a pool have in hand, and behind it what waits for them.
LogEvent line_of(const SoleWorkerStatus& sole) {
  LogEvent event = dump_event("dump_model");
  event.with("model", std::string(sole.model))
      .with(sole.unit, std::uint64_t{sole.open})
      .with("most", sole.most)
      .with("limit", sole.limit)
      .with("since_start", sole.since_start);
  if (sole.threads > 0)
    event.with("threads", sole.threads)
        .with("queued", sole.open - std::min(sole.open, sole.threads));
  return event;
}

LogEvent line_of(const ReporterStatus& reporter) {
  LogEvent event = dump_event("dump_reporter");
  event.with_signed("pid", reporter.pid)
      .with("listen", reporter.listen)
      .with_signed("age_ms", to_us(reporter.age) / 1000);
  return event;
}

LogEvent sums_of(const PoolStatus& status) {
  LogEvent event = dump_event("dump_totals");
  event.with("connections", status.connections)
      .with("entries", status.entries)
      .with("errors", status.errors)
      .with("workers_ended", status.workers_ended)
      .with_signed("uptime_ms", to_us(status.uptime) / 1000)
      .with_signed("age_max_us", to_us(status.picture_age_most))
      .with("access_lines_lost", status.access_lines_lost)
      .with("to_stop", "kill -TERM " + std::to_string(status.pid) + ", or Ctrl-Z and then kill %1");
  return event;
}

}  // namespace

std::vector<LogEvent> dump_of(const PoolStatus& status) {
  std::vector<LogEvent> lines{head_of(status)};
  for (const WorkerStatus& worker : status.workers) lines.push_back(line_of(worker));
  if (status.sole_worker) lines.push_back(line_of(*status.sole_worker));
  if (status.reporter) lines.push_back(line_of(*status.reporter));
  lines.push_back(sums_of(status));
  return lines;
}

}  // namespace brood
