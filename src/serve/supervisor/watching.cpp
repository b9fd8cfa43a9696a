#include <algorithm>
#include <atomic>

#include "serve/supervisor/supervisor.hpp"

// Keeping the picture true: frames as bells, pages as the truth, and what to do about silence.

namespace brood {
namespace {

/// So many looks without a change, and the supervisor rests.
constexpr int quiet_looks_max = 2;
/// A channel is read at every so-many-th look: often enough for a note, seldom enough for a
/// thousand workers that ring without being asked.
constexpr std::uint32_t listen_turns = 16;
/// Workers' notes that are logged in a second; the rest is dropped.
constexpr std::uint32_t notes_per_second_max = 50;

std::string with_open(const Sighting& seen) {
  return seen.open == 0 ? "" : " with " + std::to_string(seen.open) + " open";
}

std::string describe_step(const Sighting& from, const Sighting& to) {
  return std::string("from ") + to_string(from.state) + " after " +
         std::to_string(from.connections) + " connections" + with_open(from) + " to " +
         to_string(to.state) + " after " + std::to_string(to.connections) + with_open(to);
}

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

void Supervisor::on_frame(std::uint32_t slot, const Frame& frame) {
  if (frame.kind == FrameKind::drain)
    return break_off(slot, Intent::kill_protocol, "it sent a command");
  if (frame.kind != FrameKind::note) return on_status(slot, frame);
  wake();  // At rest a channel is heard once only, and a bell may follow.
  if (pool_[slot].ready_since.ns == 0) records_[slot].note = frame.note;
  if (++notes_this_second_ > notes_per_second_max) return;
  LogEvent event{.level = Level::warn, .name = "worker_note"};
  event.with("slot", slot)
      .with_signed("pid", pool_[slot].pid)
      .with("text", std::string(frame.note));
  journal_.log().write(event);
}

void Supervisor::on_status(std::uint32_t slot, const Frame& frame) {
  // A frame does not say how many are open: that is left to the page.
  const Sighting claim{static_cast<WorkerState>(frame.kind), frame.counts.connections};
  Sighting& last = records_[slot].claim;
  if (!path_between(last, claim, settings_.limits.connections_per_worker))
    return break_off(slot, Intent::kill_protocol,
                     "it reported a step " + describe_step(last, claim));
  last = claim;
  wake();
}

void Supervisor::on_channel_end(std::uint32_t slot, ChannelEnd how) {
  pool_[slot].channel_ended = steady_now();
  if (pool_[slot].reaped_at.ns == 0 && how != ChannelEnd::closed)
    break_off(slot, Intent::kill_protocol, describe_end(how));
  end_if_over(slot);
}

void Supervisor::break_off(std::uint32_t slot, Intent intent, std::string detail) {
  if (pool_[slot].reaped_at.ns != 0) return;
  if (records_[slot].offence.empty()) records_[slot].offence = std::move(detail);
  pool_.intend(slot, intent);
  crew_.kill(pool_[slot].pid);
}

void Supervisor::wake() {
  if (awake_) return;
  awake_ = true;
  quiet_looks_ = 0;
  crew_.scoreboard().head->frames_wanted.store(0, std::memory_order_relaxed);
  looked_ = steady_now();  // Until the bell rang, the picture was true.
  look();
}

void Supervisor::await_look() {
  look_timer_.expires_after(look_interval);
  look_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) survive([this] { look(); });
  });
}

void Supervisor::look() {
  const bool changed = sight_all();
  listen_in_turn();
  quiet_looks_ = changed ? 0 : quiet_looks_ + 1;
  journal_.show(looked_);
  succeed_those_who_finish();
  regulate(Moment::look);
  // An empty pool under `demand` is watched all the time: what waits rings no bell.
  const bool dry = settings_.limits.policy == Policy::demand && pool_.census().idle == 0 &&
                   pool_.census().total() < settings_.limits.max_workers;
  if (quiet_looks_ < quiet_looks_max || dry || journal_.has_pending()) return await_look();
  rest();
}

/// While the pages are looked at, a frame tells nothing new, and being woken for each would cost
/// more than all looks: a channel is read at every sixteenth look, each look its share of them.
void Supervisor::listen_in_turn() {
  turn_ = (turn_ + 1) % listen_turns;
  for (std::uint32_t slot = turn_; slot < pool_.used(); slot += listen_turns) crew_.listen(slot);
}

void Supervisor::rest() {
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) crew_.listen(slot);
  crew_.scoreboard().head->frames_wanted.store(1, std::memory_order_relaxed);
  // Pairs with the worker's fence between storing its state and reading the flag: either it sees
  // the flag and rings, or we see its change here.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  awake_ = false;
  if (sight_all()) wake();
}

/// At rest the picture is true: a change would have rung.
Duration Supervisor::picture_age(TimePoint now) const noexcept {
  return awake_ ? now - looked_ : Duration{0};
}

bool Supervisor::sight_all() {
  const TimePoint now = steady_now();
  if (awake_) age_max_ = std::max(age_max_, now - looked_);
  looked_ = now;
  bool changed = false;
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot)
    if (pool_[slot].occupied() && pool_[slot].reaped_at.ns == 0) changed |= sight(slot);
  return changed;
}

bool Supervisor::sight(std::uint32_t slot) {
  const Sighting seen = crew_.page(slot).state.load();
  const Sighting before = pool_[slot].seen;
  const std::optional<Path> path = pool_.sight(slot, seen, looked_);
  if (!path) {
    break_off(slot, Intent::kill_protocol, "its page showed a step " + describe_step(before, seen));
    return false;
  }
  prove(slot, looked_);
  // Stored before the state was, and good for nothing in a worker that does not serve.
  if (seen.state == WorkerState::busy &&
      crew_.page(slot).takes_no_more.load(std::memory_order_relaxed) != 0)
    await_finish(slot);
  if (seen == before) return false;
  journal_.changed(*path);
  if (path->acknowledged > 0) {
    was_ready_ = true;
    const TimePoint claimed{crew_.page(slot).first_idle_ns.load(std::memory_order_relaxed)};
    const TimePoint idle = std::clamp(claimed, pool_[slot].born, steady_now());
    LogEvent event{.level = Level::debug, .name = "worker_ready"};
    event.with("slot", slot).with_signed("pid", pool_[slot].pid);
    journal_.log().write(event.with_signed("start_us", to_us(idle - pool_[slot].born)));
  }
  return true;
}

}  // namespace brood
