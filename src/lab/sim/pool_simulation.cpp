#include "lab/sim/pool_simulation.hpp"

#include <algorithm>
#include <utility>

namespace brood {

PoolSimulation::PoolSimulation(const PoolModel& model, std::span<const Arrival> arrivals,
                               std::uint64_t seed, PoolObserver& observer)
    : model_(model),
      arrivals_(arrivals),
      observer_(&observer),
      random_(stream_seed(seed, Stream::workers)),
      workers_(model.limits.max_workers) {
  for (std::uint32_t id = 0; id < model_.limits.start_workers; ++id) {
    occupy(id);
    become_idle(id);
  }
  events_.push({.at = now_ + regulate_interval, .kind = PoolEventKind::tick});
  if (!arrivals_.empty())
    events_.push({.at = TimePoint{} + arrivals_[0].at, .kind = PoolEventKind::arrival});
  observer_->on_counts(now_, counts_);
}

void PoolSimulation::run_until(TimePoint end) {
  while (!events_.empty() && events_.next().at <= end) {
    const PoolEvent event = events_.pop();
    now_ = event.at;
    handle(event);
    if (!look_pending_ && model_.limits.policy == Policy::demand && counts_.idle == 0) {
      look_pending_ = true;
      const std::int64_t grid = simulated_look_interval.count();
      events_.push({.at = {(now_.ns / grid + 1) * grid}, .kind = PoolEventKind::look});
    }
    observer_->on_counts(now_, counts_);
  }
  now_ = end;
}

std::vector<Duration> PoolSimulation::unfinished_waits(TimePoint now) const {
  std::vector<Duration> waits;
  for (std::size_t i = next_taken_; i < next_arrival_; ++i)
    waits.push_back(now - (TimePoint{} + arrivals_[i].at));
  return waits;
}

void PoolSimulation::handle(const PoolEvent& event) {
  switch (event.kind) {
    case PoolEventKind::finished: return on_finished(event.worker);
    case PoolEventKind::crashed: return crash(event.worker);
    case PoolEventKind::ready: return on_ready(event.worker);
    case PoolEventKind::reaped: return on_reaped(event.worker);
    case PoolEventKind::arrival: return on_arrival();
    case PoolEventKind::owed: return event.at == owed_due_ ? pay_owed() : void();
    case PoolEventKind::look: return on_look();
    case PoolEventKind::tick: return on_tick();
  }
}

void PoolSimulation::on_arrival() {
  counts_.arrivals += 1;
  counts_.waiting += 1;
  next_arrival_ += 1;
  if (next_arrival_ < arrivals_.size())
    events_.push({.at = TimePoint{} + arrivals_[next_arrival_].at, .kind = PoolEventKind::arrival});
  if (idle_.empty()) return;
  const std::uint32_t id = idle_.back();
  idle_.pop_back();
  take_request(id);
}

void PoolSimulation::on_ready(std::uint32_t id) {
  if (strikes(model_.faults.at_start)) return crash(id);
  become_idle(id);
}

void PoolSimulation::on_finished(std::uint32_t id) {
  Worker& worker = workers_[id];
  served_ += 1;
  if (!worker.proven) restart_ = after_proof();
  worker.proven = true;
  if (worker.request_limit != 0 && worker.requests >= worker.request_limit) return leave(id);
  become_idle(id);
}

void PoolSimulation::on_reaped(std::uint32_t id) {
  const Worker gone = std::exchange(workers_[id], {});
  counts_.leaving -= 1;
  if (gone.drained) return;
  if (gone.crashed && !gone.proven) restart_ = after_failure(restart_, now_);
  replace_worker(id, !gone.crashed);
}

void PoolSimulation::become_idle(std::uint32_t id) {
  Worker& worker = workers_[id];
  (worker.state == WorkerState::busy ? counts_.busy : counts_.starting) -= 1;
  worker.state = WorkerState::idle;
  worker.idle_since = now_;
  counts_.idle += 1;
  if (counts_.waiting > 0) return take_request(id);
  idle_.push_back(id);
}

void PoolSimulation::take_request(std::uint32_t id) {
  Worker& worker = workers_[id];
  const Arrival& request = arrivals_[next_taken_++];
  waits_.push_back(now_ - (TimePoint{} + request.at));
  worker.state = WorkerState::busy;
  worker.requests += 1;
  counts_.idle -= 1;
  counts_.busy += 1;
  counts_.waiting -= 1;
  if (strikes(model_.faults.in_service))
    events_.push({.at = now_ + request.service / 2, .kind = PoolEventKind::crashed, .worker = id});
  else
    events_.push({.at = now_ + request.service, .kind = PoolEventKind::finished, .worker = id});
}

void PoolSimulation::leave(std::uint32_t id) {
  Worker& worker = workers_[id];
  switch (worker.state) {
    case WorkerState::init: counts_.starting -= 1; break;
    case WorkerState::idle: counts_.idle -= 1; break;
    case WorkerState::busy: counts_.busy -= 1; break;
    case WorkerState::exit: break;
  }
  worker.state = WorkerState::exit;
  counts_.leaving += 1;
  events_.push({.at = now_ + model_.exit_delay, .kind = PoolEventKind::reaped, .worker = id});
}

void PoolSimulation::crash(std::uint32_t id) {
  workers_[id].crashed = true;
  if (workers_[id].state == WorkerState::busy) lost_ += 1;
  leave(id);
}

bool PoolSimulation::strikes(double probability) {
  return probability > 0 && now_ < model_.faults.until && random_.unit() < probability;
}

}  // namespace brood
