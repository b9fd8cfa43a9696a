#include "serve/supervisor/status.hpp"

#include <unistd.h>

#include <algorithm>

#include "serve/supervisor/reporter.hpp"

namespace brood {
namespace {

WorkerStatus status_of(const Supervision& all, std::uint32_t number, TimePoint now) {
  const Slot& slot = all.pool[number];
  const WorkerCounts counts = all.processes.page(number).counts();
  return {.slot = number,
          .generation = slot.generation,
          .pid = slot.pid,
          .state = slot.seen.state,
          .age = now - slot.born,
          .connections = slot.seen.connections,
          .open = slot.seen.open,
          .errors = counts.errors,
          .slot_connections = slot.connections_before + slot.seen.connections,
          .slot_errors = slot.errors_before + counts.errors};
}

SoleWorkerStatus sole_worker_of(const Supervision& all, const PoolStatus& pool) {
  const SoleWorker& sole = all.current.settings->sole_worker;
  SoleWorkerStatus status{.model = sole.model,
                          .unit = sole.unit,
                          .most = all.ended.open_most,
                          .limit = all.current.settings->limits.connections_per_worker,
                          .since_start = pool.connections,
                          .threads = sole.threads};
  for (const WorkerStatus& worker : pool.workers) {
    status.open += worker.open;
    status.most = std::max(status.most, all.open_most(worker.slot));
  }
  return status;
}

}  // namespace

PoolStatus status_of(const Supervision& all, TimePoint now) {
  const Census& census = all.pool.census();
  const HealthTotals totals = all.processes.scoreboard().totals();
  PoolStatus status{.pid = ::getpid(),
                    .generation = all.current.settings->generation,
                    .is_stopping = !all.serves(),
                    .uptime = now - all.started,
                    .picture_age = now - all.picture.looked,
                    .picture_age_most = all.picture.most,
                    .states = {.idle = census.idle,
                               .busy = census.busy,
                               .starting = census.starting,
                               .exiting = census.exiting},
                    .min_spare = all.current.settings->limits.min_spare,
                    .max_spare = all.current.settings->limits.max_spare,
                    .max_workers = all.current.settings->limits.max_workers,
                    .workers = {},
                    .workers_ended = all.ended.workers,
                    .connections = all.ended.counts.connections,
                    .entries = totals.entries,
                    .errors = totals.errors,
                    .access_lines_lost = 0,
                    .sole_worker = {},
                    .reporter = {},
                    .reload = all.reloads};
  for (std::uint32_t slot = 0; slot < all.pool.used(); ++slot) {
    status.access_lines_lost += all.processes.page(slot).access_lines_lost.load();
    if (!all.pool[slot].occupied()) continue;
    status.workers.push_back(status_of(all, slot, now));
    status.connections += status.workers.back().connections;
  }
  if (!all.current.settings->sole_worker.model.empty())
    status.sole_worker = sole_worker_of(all, status);
  if (all.reporter != nullptr) status.reporter = all.reporter->status(now);
  return status;
}

}  // namespace brood
