#include <algorithm>

#include "serve/supervisor/supervisor.hpp"

// Carrying out what the pure rules decide: spawn, drain, replace, nudge.

namespace brood {
namespace {

/// While somebody waits although there are spares, another spare is nudged so often.
constexpr std::chrono::milliseconds nudge_interval{20};

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
  const std::string cut = decision.cut ? cut_longest_finishing() : "";
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
  } else if (!cut.empty()) {
    journal_.acted("cut", 1, to_string(decision.reason), why, cut, picture_age(now), now);
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

/// It has had what a stop would give it as well; until its place is needed it may take as long as
/// it likes. \return what was done; empty if nobody has been finishing for so long.
std::string Supervisor::cut_longest_finishing() {
  const auto slot = pool_.next_to_cut(settings_.graceful_timeout, steady_now(), pauses_);
  if (!slot) return "";
  pool_.intend(*slot, Intent::kill_finishing);
  crew_.kill(pool_[*slot].pid);
  return "slot " + std::to_string(*slot) + " killed with " +
         std::to_string(pool_[*slot].seen.open) + " connections open";
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
    note_failure(made.error().text(), after_failure(restart_, steady_now()));
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
  records_[slot] = Record{};
  records_[slot].share = share;
  auto& slot_count = crew_.scoreboard().head->slot_count;
  slot_count.store(std::max(slot_count.load(), pool_.used()));
  fork_cost_ = fork_cost_.count() == 0 ? made->fork_took : (fork_cost_ * 7 + made->fork_took) / 8;
  return Birth{.slot = slot, .pid = made->pid, .fork_took = made->fork_took};
}

void Supervisor::drain(std::uint32_t slot, Intent intent) {
  pool_.intend(slot, intent);
  // One that is asked for its silence is gone soon, one way or the other.
  if (intent != Intent::ask_hung) pool_.begin_to_leave(slot, steady_now());
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
    if (!error) survive([this] { nudge_if_waiting(); });
  });
}

}  // namespace brood
