#include "serve/supervisor/spawning.hpp"

#include <algorithm>

#include "serve/pool/ending.hpp"

namespace brood {

PoolView Spawning::view(bool with_queue) const {
  const std::uint32_t usual = all_.current.settings->limits.policy == Policy::demand
                                  ? fork_allowance(fork_cost_, look_interval)
                                  : spawn_step_max;
  return all_.pool.view(with_queue ? all_.current.listeners->waiting() : 0,
                        spawn_allowance(restart_, usual, all_.pool.trial_running(), steady_now()));
}

Spawning::Spawned Spawning::spawn(std::uint32_t count) {
  Spawned done;
  for (std::uint32_t made = 0; made < count; ++made) {
    done.outcome = std::to_string(made) + " spawned, ";
    const auto slot = all_.pool.free_slot();
    if (!slot) return done.outcome += "no slot left", done;
    const Result<Birth> birth = spawn_into(*slot);
    if (!birth) return done.outcome += "then " + birth.error().text(), done;
    done.births.push_back(*birth);
  }
  done.outcome = std::to_string(count) + " spawned";
  return done;
}

std::uint64_t Spawning::next_quota(const SupervisorSettings& settings) noexcept {
  const std::uint64_t jitter = settings.max_requests_jitter;
  if (settings.max_requests == 0) return 0;
  return settings.max_requests + (jitter == 0 ? 0 : random_.next() % (jitter + 1));
}

Result<Birth> Spawning::spawn_into(std::uint32_t slot, const Generation& generation) {
  const SupervisorSettings& settings = *generation.settings;
  const std::uint64_t quota = next_quota(settings);
  const Result<WorkerProcesses::Started> made =
      all_.processes.start(slot, quota, origin_of_workers(generation));
  if (!made) {
    note_failure(made.error().text(), after_failure(restart_, steady_now()));
    LogEvent event{.level = Level::error, .name = "spawn_failed"};
    all_.journal.log().write(
        event.with("slot", slot)
            .with("reason", made.error().text())
            .with("remedy", "see 'ulimit -u', 'ulimit -n' and the cgroup's limits"));
    return made.error();
  }
  all_.pool.born(slot, made->pid, made->began);
  restart_ = after_spawn(restart_, made->began);
  Slot& worker = all_.pool[slot];
  worker.acknowledged = true;
  worker.trial = restart_.open;
  worker.request_quota = quota;
  worker.generation = settings.generation;
  worker.capacity = settings.limits.connections_per_worker;
  worker.watchdog = settings.watchdog;
  auto& slot_count = all_.processes.scoreboard().head->slot_count;
  slot_count.store(std::max(slot_count.load(), all_.pool.used()));
  fork_cost_ = fork_cost_.count() == 0 ? made->fork_took : (fork_cost_ * 7 + made->fork_took) / 8;
  return Birth{.slot = slot,
               .pid = made->pid,
               .fork_took = made->fork_took,
               .generation = settings.generation};
}

void Spawning::prove(std::uint32_t slot, TimePoint now) {
  const SlotPage& page = all_.processes.page(slot);
  if (!all_.pool.prove(slot, page.entries.load(std::memory_order_relaxed), now)) return;
  if (restart_.open) {
    LogEvent event{.level = Level::info, .name = "circuit_closed"};
    event.with("reason", "a trial worker lives");
    all_.journal.log().write(all_.journal.with_census(event));
  }
  restart_ = after_proof();
}

void Spawning::learn_from(const Slot& ended, const Death& death) {
  const TimePoint now = steady_now();
  switch (lesson_of(ended, death.cause)) {
    case Lesson::none: return;
    case Lesson::failed_start: return note_failure(death.text, after_failure(restart_, now));
    case Lesson::early_end:
      return note_failure(
          death.text, after_early_end(restart_, all_.processes.scoreboard().totals().entries, now));
  }
}

void Spawning::note_failure(const std::string& what, const RestartMemory& next) {
  const bool was_open = restart_.open;
  restart_ = next;
  if (was_open || !restart_.open) return;
  LogEvent event{.level = Level::error, .name = "circuit_opened"};
  event.with("reason",
             std::to_string(failed_starts_max) +
                 " times in a row no new worker came to serve a connection (the last: " + what +
                 "); one trial worker every " +
                 std::to_string(trial_interval.count() / 1'000'000'000) + " s until one lives");
  all_.journal.log().write(all_.journal.with_census(event));
}

}  // namespace brood
