#include <sys/wait.h>

#include <algorithm>

#include "serve/supervisor/supervisor.hpp"
#include "wire/exit_status.hpp"

// From a death to an empty slot: reap, name the cause, bank the counts, fill the slot again.

namespace brood {
namespace {

/// A SIGTERM to the whole process group (`kill %1`, a service manager) may reach the workers first:
/// one that it has ended is given so much time to turn out to be a part of a stop.
constexpr Duration stop_may_follow = std::chrono::milliseconds{100};

}  // namespace

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

bool Supervisor::left_on_sigterm(std::uint32_t slot) const {
  const Slot& worker = pool_[slot];
  return worker.intent == Intent::none && worker.seen.state == WorkerState::exit &&
         WIFEXITED(worker.wait_status) && WEXITSTATUS(worker.wait_status) == exit_terminated;
}

void Supervisor::end_if_over(std::uint32_t slot) {
  if (!pool_[slot].over()) return;
  if (stage_ != Stage::serving || !left_on_sigterm(slot)) return end(slot);
  ended_timer_.expires_after(stop_may_follow);
  ended_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) survive([this] { end_those_over(); });
  });
}

void Supervisor::end_those_over() {
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot)
    if (pool_[slot].over()) end(slot);
}

void Supervisor::end(std::uint32_t slot) {
  if (stage_ != Stage::serving && left_on_sigterm(slot)) pool_.intend(slot, Intent::drain_stop);
  prove(slot, looked_);
  const Death death = death_of(slot);
  journal_.died(death, steady_now());
  crew_.close_channel(slot);
  ended_open_most_ = std::max(ended_open_most_, open_most(slot));
  crew_.scoreboard().bank(slot);
  const Slot ended = pool_[slot];
  const Record record = std::move(records_[slot]);
  pool_.release(slot, death.counts.errors);
  ended_counts_.connections += death.counts.connections;
  ended_counts_.entries += death.counts.entries;
  ended_counts_.errors += death.counts.errors;
  ++ended_workers_;
  if (stage_ != Stage::serving) return finish_if_empty();
  if (death.is_failed_handler && !was_ready_) return fail_start(record, death.text);
  learn_from(ended, death);
  const Reason reason = death.cause == Cause::recycled ? Reason::recycled : Reason::replaced;
  if (death.cause != Cause::drained && !ended.succeeded) replace(slot, slot, reason);
  // It may have been woken for a client and left without accepting it.
  nudge_if_waiting();
}

/// The first workers of all: who has just started the server is there to read why.
void Supervisor::fail_start(const Record& record, const std::string& how) {
  fault_ = "the handler cannot start: " + (record.note.empty() ? how : record.note);
  LogEvent event{.level = Level::error, .name = "start_failed"};
  journal_.log().write(event.with("reason", fault_));
  kill_all("start_failed");
}

/// As its page says, but not more than it may have.
std::uint32_t Supervisor::open_most(std::uint32_t slot) {
  const std::uint32_t claimed = crew_.page(slot).open_most.load(std::memory_order_relaxed);
  return std::min(claimed, settings_.limits.connections_per_worker);
}

/// Since the last tick, and each of them for one worker: an older one was somebody else's. Where
/// the count cannot be read for the moment it is 0: no news.
bool Supervisor::take_oom_kill() {
  const bool more = oom_kill_count() > oom_kills_;
  if (more) ++oom_kills_;
  return more;
}

Death Supervisor::death_of(std::uint32_t slot) {
  const Slot& worker = pool_[slot];
  const Record& record = records_[slot];
  const TimePoint now = steady_now();
  Ending ending{.intent = worker.intent,
                .wait_status = worker.wait_status,
                .state = worker.seen.state,
                .open = worker.seen.open,
                .was_ready = worker.ready_since.ns != 0,
                .share_served = record.share > 0 && worker.seen.connections >= record.share,
                .silence = std::max(record.silence, silence(slot, worker.reaped_at)),
                .finished_for = now - pauses_.moved(worker.leaving_since, now),
                .request_line = request_in_hand(slot),
                .detail = record.offence};
  if (ending.request_line.empty() && worker.asked.ns != 0) ending.request_line = record.request;
  if (WIFSIGNALED(ending.wait_status) && WTERMSIG(ending.wait_status) == SIGKILL)
    ending.out_of_memory = take_oom_kill();
  cut_ += cut_by(ending, settings_.limits.connections_per_worker);
  return {.slot = slot,
          .pid = worker.pid,
          .state = worker.seen.state,
          .cause = cause_of(ending),
          .text = describe(ending),
          .age = now - worker.born,
          .counts = crew_.page(slot).counts(),
          .open = worker.seen.open,
          .is_failed_handler = worker.ready_since.ns == 0 && WIFEXITED(worker.wait_status) &&
                               WEXITSTATUS(worker.wait_status) == exit_handler_start};
}

}  // namespace brood
