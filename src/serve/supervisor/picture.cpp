#include "serve/supervisor/picture.hpp"

#include <algorithm>
#include <atomic>

#include "serve/supervisor/call_after.hpp"

namespace brood {
namespace {

/// So many looks without a change, and the supervisor rests.
constexpr int quiet_looks_max = 2;
/// A channel is read at every so-many-th look: often enough for a note, seldom enough for a
/// thousand workers that ring without being asked.
constexpr std::uint32_t listen_turns = 16;
/// Workers' notes that are logged in a second; the rest is dropped.
constexpr std::uint32_t notes_per_second_max = 50;

}  // namespace

Picture::Picture(boost::asio::io_context& context, Supervision& all, Spawning& spawning,
                 Regulation& regulation, Replacing& replacing, Reloading& reloading)
    : all_(all),
      spawning_(spawning),
      regulation_(regulation),
      replacing_(replacing),
      reloading_(reloading),
      look_timer_(context),
      finish_timer_(context) {}

void Picture::on_frame(std::uint32_t slot, const Frame& frame) {
  if (frame.kind == FrameKind::drain)
    return all_.kill(slot, Intent::kill_protocol, "it sent a command");
  if (frame.kind == FrameKind::note) return on_note(slot, frame);
  on_status(slot, frame);
}

void Picture::on_note(std::uint32_t slot, const Frame& frame) {
  wake();  // At rest a channel is heard once only, and a bell may follow.
  Slot& worker = all_.pool[slot];
  if (worker.ready_since.ns == 0) worker.first_note = frame.note;
  if (++notes_this_second_ > notes_per_second_max) return;
  LogEvent event{.level = Level::warn, .name = "worker_note"};
  event.with("slot", slot).with_signed("pid", worker.pid).with("text", std::string(frame.note));
  all_.journal.log().write(event);
}

void Picture::on_status(std::uint32_t slot, const Frame& frame) {
  // A frame does not say how many are open: that is left to the page.
  const WorkerSnapshot reported{static_cast<WorkerState>(frame.kind), frame.counts.connections};
  WorkerSnapshot& last = all_.pool[slot].reported;
  if (!path_between(last, reported, all_.pool[slot].capacity))
    return all_.kill(slot, Intent::kill_protocol,
                     "it reported a step " + describe_step(last, reported));
  last = reported;
  wake();
}

void Picture::wake() {
  if (all_.picture.is_watched) return;
  all_.picture.is_watched = true;
  quiet_looks_ = 0;
  all_.processes.scoreboard().head->frames_wanted.store(0, std::memory_order_relaxed);
  all_.picture.looked = steady_now();  // Until the bell rang, the picture was true.
  look();
}

void Picture::look_soon() {
  call_after(look_timer_, look_interval, [this] { look(); });
}

void Picture::look() {
  const bool changed = look_at_all();
  listen_in_turn();
  quiet_looks_ = changed ? 0 : quiet_looks_ + 1;
  all_.journal.show(all_.picture.looked);
  reloading_.go_on();
  replacing_.succeed_those_who_finish();
  regulation_.regulate(Moment::look);
  const bool may_rest = quiet_looks_ >= quiet_looks_max && !all_.journal.has_pending() &&
                        !all_.pool.is_watched_when_quiet(all_.current.settings->limits);
  return may_rest ? rest() : look_soon();
}

/// While the pages are looked at, a frame tells nothing new, and being woken for each would cost
/// more than all looks: a channel is read at every sixteenth look, each look its part of them.
void Picture::listen_in_turn() {
  turn_ = (turn_ + 1) % listen_turns;
  for (std::uint32_t slot = turn_; slot < all_.pool.used(); slot += listen_turns)
    all_.processes.listen(slot);
}

void Picture::rest() {
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) all_.processes.listen(slot);
  all_.processes.scoreboard().head->frames_wanted.store(1, std::memory_order_relaxed);
  // Pairs with the worker's fence between storing its state and reading the flag: either it sees
  // the flag and rings, or we see its change here.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  all_.picture.is_watched = false;
  if (look_at_all()) wake();
}

void Picture::tick(bool may_have_missed) {
  notes_this_second_ = 0;
  if (may_have_missed && all_.picture.is_watched) look_soon();
  look_at_all();
}

bool Picture::look_at_all() {
  all_.picture.taken(steady_now());
  bool changed = false;
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].lives()) changed |= read_page(slot);
  return changed;
}

bool Picture::read_page(std::uint32_t slot) {
  const TimePoint now = all_.picture.looked;
  const SlotPage& page = all_.processes.page(slot);
  const WorkerSnapshot seen = page.state.load();
  const WorkerSnapshot before = all_.pool[slot].seen;
  const std::optional<Path> path = all_.pool.observe(slot, seen, now);
  if (!path) {
    all_.kill(slot, Intent::kill_protocol, "its page showed a step " + describe_step(before, seen));
    return false;
  }
  spawning_.prove(slot, now);
  // Stored before the state was, and good for nothing in a worker that does not serve.
  if (seen.state == WorkerState::busy && page.takes_no_more.load(std::memory_order_relaxed) != 0 &&
      all_.pool.takes_no_more(slot, now))
    await_finish();
  if (seen == before) return false;
  all_.journal.changed(*path);
  if (path->acknowledged > 0) became_ready(slot);
  return true;
}

void Picture::became_ready(std::uint32_t slot) {
  all_.was_ready = true;
  const Slot& worker = all_.pool[slot];
  const TimePoint claimed{all_.processes.page(slot).first_idle_ns.load(std::memory_order_relaxed)};
  const TimePoint idle = std::clamp(claimed, worker.born, steady_now());
  LogEvent event{.level = Level::debug, .name = "worker_ready"};
  event.with("slot", slot).with_signed("pid", worker.pid).with("generation", worker.generation);
  all_.journal.log().write(event.with_signed("start_us", to_us(idle - worker.born)));
}

void Picture::await_finish() {
  call_after(finish_timer_, succession_delay, [this] {
    look_at_all();
    replacing_.succeed_those_who_finish();
  });
}

}  // namespace brood
