#include "serve/supervisor/progress_watch.hpp"

#include "serve/pool/diagnosis.hpp"

namespace brood {

void ProgressWatch::tick() {
  const TimePoint now = steady_now();
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) {
    if (!all_.pool[slot].occupied()) continue;
    if (all_.pool[slot].lives()) spawning_.prove(slot, now);
    treat(slot, now);
  }
}

void ProgressWatch::treat(std::uint32_t slot, TimePoint now) {
  const SlotPage& page = all_.processes.page(slot);
  const PageClaims claims{.progress = TimePoint{page.progress_ns.load(std::memory_order_relaxed)},
                          .phase = page.phase.load(std::memory_order_relaxed)};
  const Slot& worker = all_.pool[slot];
  const Diagnosis found = diagnose(worker, claims, worker.watchdog, all_.lived.pauses, now);
  switch (found.remedy) {
    case Remedy::none: return;
    case Remedy::end_channel: return reaping_.end_channel(slot, now);
    case Remedy::ask: return ask(slot, now);
    case Remedy::kill_hung: return all_.kill(slot, Intent::kill_hung);
    case Remedy::kill_mute: return all_.kill(slot, Intent::kill_mute, found.offence);
  }
}

void ProgressWatch::ask(std::uint32_t slot, TimePoint now) {
  Slot& worker = all_.pool[slot];
  worker.asked = now;
  worker.asked_silence = all_.silence(slot, now);
  worker.asked_request = all_.request_in_hand(slot);
  all_.drain(slot, Intent::ask_hung);
  LogEvent event{.level = Level::warn, .name = "worker_asked"};
  event.with("slot", slot)
      .with_signed("pid", worker.pid)
      .with("request", worker.asked_request)
      .with("reason", "no progress on its request: asked to leave, then killed");
  all_.journal.log().write(event);
}

}  // namespace brood
