#include "serve/supervisor/reaping.hpp"

#include <sys/wait.h>

#include <algorithm>

#include "serve/pool/ending.hpp"
#include "serve/supervisor/call_after.hpp"
#include "serve/supervisor/reporter.hpp"

namespace brood {
namespace {

const char* describe_end(ChannelEnd how) noexcept {
  switch (how) {
    case ChannelEnd::torn: return "its channel ended inside a frame";
    case ChannelEnd::corrupt: return "it wrote something that is no frame";
    case ChannelEnd::failed: return "its channel failed";
    case ChannelEnd::closed: break;
  }
  return "it closed its channel";
}

}  // namespace

Reaping::Reaping(boost::asio::io_context& context, Supervision& all, Spawning& spawning,
                 Regulation& regulation, Replacing& replacing, Reloading& reloading,
                 Picture& picture, Stopping& stopping)
    : all_(all),
      spawning_(spawning),
      regulation_(regulation),
      replacing_(replacing),
      reloading_(reloading),
      picture_(picture),
      stopping_(stopping),
      timer_(context),
      oom_kills_(oom_kill_count()) {}

void Reaping::reap() {
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) {
    Slot& worker = all_.pool[slot];
    int status = 0;
    if (!worker.lives() || !all_.processes.reap(worker.pid, status)) continue;
    worker.wait_status = status;
    picture_.look_at(slot);  // What it did last, before it counts as gone.
    worker.reaped_at = steady_now();
    all_.processes.read_to_end(slot);
    end_if_over(slot);
  }
  if (all_.reporter != nullptr) all_.reporter->reap();
  reap_strangers([this](pid_t pid) { return owns(pid); });
}

bool Reaping::owns(pid_t pid) const {
  if (all_.reporter != nullptr && all_.reporter->owns(pid)) return true;
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].pid == pid) return true;
  return false;
}

void Reaping::tick() {
  oom_kills_ = std::max(oom_kills_, oom_kill_count());
}

void Reaping::look_for_missed() {
  reap();
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) end_if_over(slot);
}

void Reaping::on_channel_end(std::uint32_t slot, ChannelEnd how) {
  if (how != ChannelEnd::closed) all_.kill(slot, Intent::kill_protocol, describe_end(how));
  end_channel(slot, steady_now());
}

void Reaping::end_channel(std::uint32_t slot, TimePoint now) {
  all_.pool[slot].channel_ended = now;
  end_if_over(slot);
}

/// One that SIGTERM has ended is given time to turn out to be a part of a stop.
void Reaping::end_if_over(std::uint32_t slot) {
  if (!all_.pool[slot].over()) return;
  if (!all_.serves() || !left_on_sigterm(all_.pool[slot])) return end(slot);
  call_after(timer_, stop_may_follow, [this] { end_those_over(); });
}

void Reaping::end_those_over() {
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].over()) end(slot);
  stopping_.finish_if_empty();
}

void Reaping::end(std::uint32_t slot) {
  if (!all_.serves() && left_on_sigterm(all_.pool[slot]))
    all_.pool.intend(slot, Intent::drain_stop);
  spawning_.prove(slot, all_.picture.looked);
  const Death death = death_of(slot);
  all_.journal.died(death, steady_now());
  all_.processes.close_channel(slot);
  all_.ended.add(death.counts, all_.open_most(slot));
  all_.processes.scoreboard().bank(slot);
  const Slot worker = all_.pool.release(slot, death.counts.errors);
  if (!all_.serves()) return stopping_.finish_if_empty();
  if (reloading_.ends_by(worker, death)) return;
  if (death.is_failed_handler && !all_.was_ready) return fail_start(worker, death.text);
  spawning_.learn_from(worker, death);
  if (const auto reason = replacement_reason(worker, death.cause))
    replacing_.replace_ended(slot, *reason);
  // It may have been woken for a client and left without accepting it.
  regulation_.nudge_if_waiting();
  reloading_.go_on();
}

/// The first workers of all: who has just started the server is there to read why.
void Reaping::fail_start(const Slot& worker, const std::string& how) {
  stopping_.give_up("the handler cannot start: " +
                    (worker.first_note.empty() ? how : worker.first_note));
  end_those_over();
}

/// Since the last tick, and each of them for one worker: an older one was somebody else's. Where
/// the count cannot be read for the moment it is 0: no news.
bool Reaping::take_oom_kill(const Slot& worker) {
  if (!WIFSIGNALED(worker.wait_status) || WTERMSIG(worker.wait_status) != SIGKILL) return false;
  const bool more = oom_kill_count() > oom_kills_;
  if (more) ++oom_kills_;
  return more;
}

Death Reaping::death_of(std::uint32_t slot) {
  const Slot& worker = all_.pool[slot];
  const TimePoint now = steady_now();
  Ending ending = ending_of(worker, all_.silence(slot, worker.reaped_at),
                            all_.request_in_hand(slot), all_.lived.pauses, now);
  ending.out_of_memory = take_oom_kill(worker);
  all_.ended.cut += cut_by(ending, worker.capacity);
  return {.slot = slot,
          .pid = worker.pid,
          .state = worker.seen.state,
          .cause = cause_of(ending),
          .text = describe(ending),
          .age = now - worker.born,
          .counts = all_.processes.page(slot).counts(),
          .open = worker.seen.open,
          .generation = worker.generation,
          .is_failed_handler = is_failed_handler(worker)};
}

}  // namespace brood
