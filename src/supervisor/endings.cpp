#include <sys/wait.h>

#include <algorithm>

#include "supervisor/supervisor.hpp"

// From a death to an empty slot: reap, name the cause, bank the counts, fill the slot again.

namespace brood {

/// One SIGCHLD may stand for many deaths, so every child is asked after; by pid, not -1, for a
/// library's child is not ours to reap.
void Supervisor::reap() {
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_[slot].occupied() || pool_[slot].reaped_at.ns != 0) continue;
    int status = 0;
    if (!crew_.reap(pool_[slot].pid, status)) continue;
    pool_[slot].wait_status = status;
    sight(slot);  // What it did last, before it counts as gone.
    pool_[slot].reaped_at = steady_now();
    crew_.read_to_end(slot);
    end_if_over(slot);
  }
  if (reporter_ != nullptr) reporter_->reap();
  reap_strangers([this](pid_t pid) {
    if (reporter_ != nullptr && reporter_->owns(pid)) return true;
    for (std::uint32_t slot = 0; slot < pool_.used(); ++slot)
      if (pool_[slot].pid == pid) return true;
    return false;
  });
}

void Supervisor::end_if_over(std::uint32_t slot) {
  if (!pool_[slot].over()) return;
  const Death death = death_of(slot);
  journal_.died(death, steady_now());
  crew_.close_channel(slot);
  ended_open_most_ = std::max(ended_open_most_, open_most(slot));
  crew_.scoreboard().bank(slot);
  const bool fruitless = is_fruitless(pool_[slot], death.cause);
  pool_.release(slot, death.counts.errors);
  ended_counts_.connections += death.counts.connections;
  ended_counts_.entries += death.counts.entries;
  ended_counts_.errors += death.counts.errors;
  ++ended_workers_;
  if (stage_ != Stage::serving) return finish_if_empty();
  if (fruitless) note_failure(death.text);
  if (death.cause != Cause::drained) replace(slot, death.cause == Cause::recycled);
  // It may have been woken for a client and left without accepting it.
  nudge_if_waiting();
}

/// As its page says, but not more than it may have.
std::uint32_t Supervisor::open_most(std::uint32_t slot) {
  const std::uint32_t claimed = crew_.page(slot).open_most.load(std::memory_order_relaxed);
  return std::min(claimed, settings_.limits.connections_per_worker);
}

/// Where the count cannot be read for the moment it is 0: no news, and no new base either.
bool Supervisor::more_oom_kills() {
  const std::uint64_t count = oom_kill_count();
  const bool more = count > oom_kills_;
  oom_kills_ = std::max(oom_kills_, count);
  return more;
}

Death Supervisor::death_of(std::uint32_t slot) {
  const Slot& worker = pool_[slot];
  const TimePoint now = steady_now();
  Ending ending{.intent = worker.intent,
                .wait_status = worker.wait_status,
                .state = worker.seen.state,
                .open = worker.seen.open,
                .share_served = shares_[slot] > 0 && worker.seen.connections >= shares_[slot],
                .silence = now - last_progress(slot, now),
                .request_line = request_in_hand(slot),
                .detail = offences_[slot]};
  if (WIFSIGNALED(ending.wait_status) && WTERMSIG(ending.wait_status) == SIGKILL)
    ending.out_of_memory = more_oom_kills();
  cut_ += cut_by(ending, settings_.limits.connections_per_worker);
  return {.slot = slot,
          .pid = worker.pid,
          .state = worker.seen.state,
          .cause = cause_of(ending),
          .text = describe(ending),
          .age = now - worker.born,
          .counts = crew_.page(slot).counts(),
          .open = worker.seen.open};
}

}  // namespace brood
