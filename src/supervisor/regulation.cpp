#include <algorithm>

#include "supervisor/supervisor.hpp"

// Carrying out what the pure rules decide: spawn, drain, replace, nudge.

namespace brood {
namespace {

/// While somebody waits although there are spares, another spare is nudged so often.
constexpr std::chrono::milliseconds nudge_interval{20};
/// Between two attempts to fill a slot that could not be filled.
constexpr Duration owed_retry_least = std::chrono::milliseconds{10};

}  // namespace

PoolView Supervisor::view(bool with_queue) {
  const std::uint32_t usual = settings_.limits.policy == Policy::demand
                                  ? fork_allowance(fork_cost_, look_interval)
                                  : spawn_step_max;
  return pool_.view(with_queue ? crew_.waiting() : 0,
                    spawn_allowance(restart_, usual, pool_.trial_running(), steady_now()));
}

void Supervisor::regulate(Moment moment) {
  if (stage_ != Stage::serving) return;
  const bool dry = settings_.limits.policy == Policy::demand && pool_.spare() == 0;
  if (moment == Moment::look && !dry) return;
  const PoolView seen = view(dry);
  act(brood::regulate(seen, settings_.limits, memory_, moment), seen);
}

void Supervisor::act(const Decision& decision, const PoolView& seen) {
  const TimePoint now = steady_now();
  const bool news = decision.reason == Reason::at_ceiling && !memory_.at_ceiling;
  memory_ = decision.memory;
  const std::string why = explain(decision, seen, settings_.limits);
  if (decision.spawn > 0) {
    std::vector<Birth> births;
    const std::string outcome = spawn(decision.spawn, births);
    journal_.acted("spawn", decision.spawn, to_string(decision.reason), why, outcome,
                   picture_age(now), now);
    for (const Birth& birth : births) journal_.born(birth, now);
  } else if (decision.drain > 0) {
    const auto slot = pool_.next_to_drain();
    if (slot) drain(*slot, Intent::drain_spare);
    journal_.acted("drain", decision.drain, to_string(decision.reason), why,
                   slot ? told_to_leave(*slot) : "nobody was idle any more", picture_age(now), now);
  } else if (news) {
    journal_.acted("none", 0, to_string(decision.reason), why, "raise --max-workers if it lasts",
                   picture_age(now), now);
  }
}

std::string Supervisor::told_to_leave(std::uint32_t slot) const {
  const std::string told = "slot " + std::to_string(slot) + " told to leave, ";
  if (settings_.limits.connections_per_worker == 1) return told + "the longest idle";
  return told + std::to_string(pool_[slot].seen.open) + " connections open";
}

std::string Supervisor::spawn(std::uint32_t count, std::vector<Birth>& births) {
  for (std::uint32_t made = 0; made < count; ++made) {
    const auto slot = pool_.free_slot();
    if (!slot) return std::to_string(made) + " spawned, no slot left";
    const Result<Birth> birth = spawn_into(*slot);
    if (!birth) return std::to_string(made) + " spawned, then " + birth.error().text();
    births.push_back(*birth);
  }
  return std::to_string(count) + " spawned";
}

Result<Birth> Supervisor::spawn_into(std::uint32_t slot) {
  const std::uint64_t jitter = settings_.max_requests_jitter;
  const std::uint64_t share =
      settings_.max_requests == 0
          ? 0
          : settings_.max_requests + (jitter == 0 ? 0 : random_.next() % (jitter + 1));
  const Result<Crew::Made> made = crew_.make(slot, share);
  if (!made) {
    note_failure(made.error().text());
    LogEvent event{.level = Level::error, .name = "spawn_failed"};
    journal_.log().write(
        event.with("slot", slot)
            .with("reason", made.error().text())
            .with("remedy", "see 'ulimit -u', 'ulimit -n' and the cgroup's limits"));
    return made.error();
  }
  pool_.born(slot, made->pid, made->began);
  pool_[slot].acknowledged = true;
  restart_ = after_spawn(restart_, made->began);
  pool_[slot].trial = restart_.open;
  claims_[slot] = {};
  offences_[slot].clear();
  shares_[slot] = share;
  auto& slot_count = crew_.scoreboard().head->slot_count;
  slot_count.store(std::max(slot_count.load(), pool_.used()));
  fork_cost_ = fork_cost_.count() == 0 ? made->fork_took : (fork_cost_ * 7 + made->fork_took) / 8;
  return Birth{.slot = slot, .pid = made->pid, .fork_took = made->fork_took};
}

void Supervisor::replace(std::uint32_t slot, bool recycled) {
  const PoolView seen = view(false);
  const Decision decision = brood::replace(seen, settings_.limits, memory_, recycled);
  if (decision.reason == Reason::held_back) return owe(slot);
  if (decision.spawn == 0) return;
  const TimePoint now = steady_now();
  const Result<Birth> birth = spawn_into(slot);
  journal_.acted("spawn", 1, to_string(decision.reason), explain(decision, seen, settings_.limits),
                 birth ? "1 spawned" : birth.error().text(), picture_age(now), now);
  if (birth) journal_.born(*birth, now);
  if (!birth) owe(slot);
}

void Supervisor::owe(std::uint32_t slot) {
  owed_.push_back(slot);
  const Duration pause = std::max(restart_.spawn_after - steady_now(), owed_retry_least);
  owed_timer_.expires_after(pause);
  owed_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && stage_ == Stage::serving) pay_owed();
  });
}

void Supervisor::pay_owed() {
  std::vector<std::uint32_t> owed;
  owed.swap(owed_);
  for (const std::uint32_t slot : owed)
    if (!pool_[slot].occupied()) replace(slot, false);
}

void Supervisor::drain(std::uint32_t slot, Intent intent) {
  pool_.intend(slot, intent);
  crew_.order_to_leave(slot);
}

void Supervisor::nudge_if_waiting() {
  if (stage_ != Stage::serving || crew_.waiting() == 0) return;
  if (const auto spare = pool_.next_spare(nudged_)) {
    nudged_ = *spare;
    crew_.send(*spare, FrameKind::idle);
  }
  // That one may be stopped or on its way out, or there is none yet: soon the next is asked.
  nudge_timer_.expires_after(nudge_interval);
  nudge_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) nudge_if_waiting();
  });
}

void Supervisor::note_failure(const std::string& what) {
  const bool was_open = restart_.open;
  restart_ = after_failure(restart_, steady_now());
  if (was_open || !restart_.open) return;
  LogEvent event{.level = Level::error, .name = "circuit_opened"};
  event.with("reason",
             std::to_string(fruitless_max) +
                 " times in a row no new worker came to serve a connection (the last: " + what +
                 "); one trial worker every " +
                 std::to_string(trial_interval.count() / 1'000'000'000) + " s until one lives");
  journal_.log().write(journal_.with_census(event));
}

void Supervisor::note_fruit() {
  if (restart_.open) {
    LogEvent event{.level = Level::info, .name = "circuit_closed"};
    event.with("reason", "a trial worker lives");
    journal_.log().write(journal_.with_census(event));
  }
  restart_ = after_fruit();
}

}  // namespace brood
