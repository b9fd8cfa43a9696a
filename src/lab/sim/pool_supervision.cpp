#include <algorithm>
#include <utility>

#include "lab/sim/pool_simulation.hpp"

// The supervisor's half of the model: its rhythm, and carrying out what the rules decide.

namespace brood {
namespace {

/// Between two attempts to fill a slot that could not be filled.
constexpr Duration owed_retry_least = std::chrono::milliseconds{10};

}  // namespace

void PoolSimulation::on_look() {
  look_pending_ = false;
  const bool ticks_as_well = now_.ns % regulate_interval.count() == 0;
  if (!ticks_as_well && counts_.idle == 0) regulate_pool(Moment::look);
}

void PoolSimulation::on_tick() {
  note_proven();
  pay_owed();
  regulate_pool(Moment::tick);
  events_.push({.at = now_ + regulate_interval, .kind = PoolEventKind::tick});
}

void PoolSimulation::note_proven() {
  for (Worker& worker : workers_) {
    const bool proven = worker.occupied && worker.state == WorkerState::idle && !worker.proven &&
                        now_ - worker.idle_since >= trial_proof;
    if (!proven) continue;
    worker.proven = true;
    restart_ = after_proof();
  }
}

void PoolSimulation::owe(std::uint32_t id) {
  owed_.push_back(id);
  owed_due_ = std::max(restart_.spawn_after, now_ + owed_retry_least);
  events_.push({.at = owed_due_, .kind = PoolEventKind::owed});
}

void PoolSimulation::pay_owed() {
  for (const std::uint32_t id : std::exchange(owed_, {}))
    if (!workers_[id].occupied) replace_worker(id, false);
}

void PoolSimulation::regulate_pool(Moment moment) {
  const PoolView seen = view();
  const Decision decision = regulate(seen, model_.limits, memory_, moment);
  observe(moment == Moment::tick ? Occasion::tick : Occasion::look, seen, decision);
  memory_ = decision.memory;
  for (std::uint32_t i = 0; i < decision.spawn; ++i) spawn_into(free_slot());
  for (std::uint32_t i = 0; i < decision.drain; ++i) drain_longest_idle();
}

void PoolSimulation::replace_worker(std::uint32_t id, bool recycled) {
  const PoolView seen = view();
  const Decision decision =
      replace(seen, model_.limits, memory_, recycled ? Reason::recycled : Reason::replaced);
  observe(Occasion::replacement, seen, decision);
  if (decision.spawn > 0) spawn_into(id);
  if (decision.reason == Reason::held_back) owe(id);
}

void PoolSimulation::observe(Occasion occasion, const PoolView& seen, const Decision& decision) {
  observer_->on_act({now_, occasion, seen, counts_, decision});
}

void PoolSimulation::occupy(std::uint32_t id) {
  Worker& worker = workers_[id];
  worker.occupied = true;
  worker.trial = restart_.open;
  if (model_.max_requests > 0)
    worker.request_limit = model_.max_requests + random_.below(model_.max_requests_jitter + 1);
  counts_.starting += 1;
}

void PoolSimulation::spawn_into(std::uint32_t id) {
  occupy(id);
  restart_ = after_spawn(restart_, now_);
  fork_free_at_ = std::max(fork_free_at_, now_) + model_.fork_cost;
  events_.push(
      {.at = fork_free_at_ + model_.start_delay, .kind = PoolEventKind::ready, .worker = id});
}

/// \pre fewer than max-workers, as after every decision to spawn.
std::uint32_t PoolSimulation::free_slot() const {
  const auto slot = std::ranges::find(workers_, false, &Worker::occupied);
  return static_cast<std::uint32_t>(slot - workers_.begin());
}

void PoolSimulation::drain_longest_idle() {
  const std::uint32_t id = idle_.front();
  idle_.pop_front();
  workers_[id].drained = true;
  leave(id);
}

PoolView PoolSimulation::view() const {
  const std::uint32_t usual = model_.limits.policy == Policy::demand
                                  ? fork_allowance(model_.fork_cost, simulated_look_interval)
                                  : spawn_step_max;
  return {.idle = counts_.idle,
          .starting = counts_.starting,
          .total = counts_.total(),
          .leaving = counts_.leaving,
          .waiting = counts_.waiting,
          .spawn_allowance = spawn_allowance(restart_, usual, trial_running(), now_)};
}

bool PoolSimulation::trial_running() const {
  return restart_.open && std::ranges::any_of(workers_, [](const Worker& worker) {
           return worker.occupied && worker.trial && !worker.proven;
         });
}

}  // namespace brood
