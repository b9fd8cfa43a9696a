#include <algorithm>
#include <utility>

#include "serve/supervisor/supervisor.hpp"

// Whether workers get on: what proves them, and what to do about silence.

namespace brood {
namespace {

/// A worker whose channel has ended, or which has ended while its channel has not, has so long.
constexpr Duration half_gone_timeout = std::chrono::seconds{1};

}  // namespace

/// What proves a worker is an answer, not a connection that is done: clients may keep theirs.
void Supervisor::prove(std::uint32_t slot, TimePoint now) {
  Slot& worker = pool_[slot];
  const std::uint64_t entries = crew_.page(slot).entries.load(std::memory_order_relaxed);
  const bool lives_on = worker.ready_since.ns != 0 && now - worker.ready_since >= trial_proof;
  worker.fruitful = worker.fruitful || (worker.ready_since.ns != 0 && entries > 0) || lives_on;
  if (worker.fruitful && !std::exchange(worker.forgave, true)) note_fruit();
}

void Supervisor::watch_progress() {
  const TimePoint now = steady_now();
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_[slot].occupied()) continue;
    if (pool_[slot].reaped_at.ns == 0) prove(slot, now);
    judge_silence(slot, now);
  }
}

void Supervisor::judge_silence(std::uint32_t slot, TimePoint now) {
  Slot& worker = pool_[slot];
  if (worker.reaped_at.ns != 0) {
    if (worker.channel_ended.ns == 0 &&
        now - pauses_.moved(worker.reaped_at, now) > half_gone_timeout) {
      worker.channel_ended = now;  // A program that it started holds the other end open.
      end_if_over(slot);
    }
    return;
  }
  if (worker.channel_ended.ns != 0 &&
      now - pauses_.moved(worker.channel_ended, now) > half_gone_timeout)
    return break_off(slot, Intent::kill_mute, "it closed its channel and did not leave");
  const SlotPage& page = crew_.page(slot);
  switch (judge({.state = worker.seen.state,
                 .phase = page.phase.load(std::memory_order_relaxed),
                 .last = pauses_.moved(last_progress(slot, now), now),
                 .asked = worker.asked.ns == 0 ? TimePoint{} : pauses_.moved(worker.asked, now)},
                settings_.watchdog, now)) {
    case Verdict::fine: return;
    case Verdict::ask: return ask(slot, now);
    case Verdict::kill:
      if (serves(worker.seen.state)) {
        pool_.intend(slot, Intent::kill_hung);
        return crew_.kill(worker.pid);
      }
      return break_off(slot, Intent::kill_mute,
                       std::string("it stayed in ") + to_string(worker.seen.state));
  }
}

/// As the worker's page says, but neither in the future nor before its birth.
TimePoint Supervisor::last_progress(std::uint32_t slot, TimePoint now) {
  const TimePoint claimed{crew_.page(slot).progress_ns.load(std::memory_order_relaxed)};
  return std::clamp(claimed, pool_[slot].born, std::max(now, pool_[slot].born));
}

/// So long it has not got on while it could.
Duration Supervisor::silence(std::uint32_t slot, TimePoint now) {
  return now - pauses_.moved(last_progress(slot, now), now);
}

/// Its line, raw; empty if there is none.
std::string Supervisor::request_in_hand(std::uint32_t slot) {
  const SlotPage& page = crew_.page(slot);
  const bool shown = pool_.shows_request(slot, page.phase.load(std::memory_order_relaxed));
  return shown ? page.request_line.load() : "";
}

void Supervisor::ask(std::uint32_t slot, TimePoint now) {
  pool_[slot].asked = now;
  records_[slot].silence = silence(slot, now);
  records_[slot].request = request_in_hand(slot);
  drain(slot, Intent::ask_hung);
  LogEvent event{.level = Level::warn, .name = "worker_asked"};
  event.with("slot", slot)
      .with_signed("pid", pool_[slot].pid)
      .with("request", records_[slot].request)
      .with("reason", "no progress on its request: asked to leave, then killed");
  journal_.log().write(event);
}

}  // namespace brood
