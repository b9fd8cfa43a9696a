#include "serve/supervisor/regulation.hpp"

#include "serve/supervisor/call_after.hpp"

namespace brood {

Regulation::Regulation(boost::asio::io_context& context, Supervision& all, Spawning& spawning)
    : all_(all), spawning_(spawning), nudge_timer_(context) {}

void Regulation::start() {
  spawn(all_.current.settings->limits.start_workers, "start", "start-workers");
}

void Regulation::regulate(Moment moment) {
  if (!all_.serves()) return;
  const bool asks_queue = all_.pool.asks_queue(all_.current.settings->limits.policy);
  if (moment == Moment::look && !asks_queue) return;
  const PoolView seen = spawning_.view(asks_queue);
  act(brood::regulate(seen, all_.current.settings->limits, memory_, moment), seen);
}

void Regulation::act(const Decision& decision, const PoolView& seen) {
  const bool news = decision.reason == Reason::at_ceiling && !memory_.at_ceiling;
  const std::string cut = decision.cut ? cut_longest_finishing() : "";
  memory_ = decision.memory;
  const std::string why = explain(decision, seen, all_.current.settings->limits);
  const char* const reason = to_string(decision.reason);
  if (decision.spawn > 0) return spawn(decision.spawn, reason, why);
  if (decision.drain > 0) return drain_one(decision, why);
  if (!cut.empty()) return log("cut", 1, reason, why, cut);
  if (news) log("none", 0, reason, why, "raise --max-workers if it lasts");
}

void Regulation::spawn(std::uint32_t count, std::string_view reason, const std::string& why) {
  const TimePoint now = steady_now();
  const Spawning::Spawned spawned = spawning_.spawn(count);
  all_.journal.acted("spawn", count, reason, why, spawned.outcome, all_.picture.at(now), now);
  for (const Birth& birth : spawned.births) all_.journal.born(birth, now);
}

void Regulation::drain_one(const Decision& decision, const std::string& why) {
  const auto slot = all_.pool.next_to_drain();
  if (slot) all_.drain(*slot, Intent::drain_spare);
  log("drain", decision.drain, to_string(decision.reason), why,
      slot ? told_to_leave(*slot) : "nobody was idle any more");
}

void Regulation::log(std::string_view action, std::uint32_t count, std::string_view reason,
                     const std::string& why, const std::string& outcome) {
  const TimePoint now = steady_now();
  all_.journal.acted(action, count, reason, why, outcome, all_.picture.at(now), now);
}

std::string Regulation::told_to_leave(std::uint32_t slot) const {
  const std::string told = "slot " + std::to_string(slot) + " told to leave, ";
  if (all_.current.settings->limits.connections_per_worker == 1) return told + "the longest idle";
  return told + std::to_string(all_.pool[slot].seen.open) + " connections open";
}

/// It has had what a stop would give it as well; until its place is needed it may take as long as
/// it likes. \return what was done; empty if nobody has been finishing for so long.
std::string Regulation::cut_longest_finishing() {
  const auto slot = all_.pool.next_to_cut(all_.current.settings->graceful_timeout, steady_now(),
                                          all_.lived.pauses);
  if (!slot) return "";
  all_.kill(*slot, Intent::kill_finishing);
  return "slot " + std::to_string(*slot) + " killed with " +
         std::to_string(all_.pool[*slot].seen.open) + " connections open";
}

void Regulation::nudge_if_waiting() {
  if (!all_.serves()) return;
  const Nudge nudge = all_.pool.next_nudge(all_.current.listeners->waiting(), nudged_);
  if (nudge.slot) {
    nudged_ = *nudge.slot;
    all_.processes.send(*nudge.slot, FrameKind::idle);
  }
  if (nudge.again) call_after(nudge_timer_, nudge_interval, [this] { nudge_if_waiting(); });
}

void Regulation::restore_listeners() {
  for (const Restored& one : all_.current.listeners->restore()) {
    all_.journal.log().write(LogEvent{.level = Level::error, .name = "listener_restored"}
                                 .with("listen", one.listen)
                                 .with("reason", "somebody had shut it down, a handler most likely")
                                 .with("outcome", one.outcome));
    if (one.is_new) renew_all();
  }
}

/// Those who live hold a listener at which nobody can connect any more.
void Regulation::renew_all() {
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].lives()) all_.drain(slot, Intent::drain_spare);
  for (const Birth& birth : spawning_.spawn(all_.current.settings->limits.start_workers).births)
    all_.journal.born(birth, steady_now());
}

}  // namespace brood
