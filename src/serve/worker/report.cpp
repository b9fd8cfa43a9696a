#include "serve/worker/report.hpp"

#include <array>

#include "os/channel.hpp"
#include "os/listener.hpp"
#include "os/lived_clock.hpp"
#include "serve/worker/crowding.hpp"
#include "wire/frame.hpp"

namespace brood {

Report::Report(const WorkerPlace& place) noexcept
    : Report(place, place.scoreboard.slots[place.slot]) {}

Report::Report(const WorkerPlace& place, SlotPage& own) noexcept
    : scoreboard_(place.scoreboard),
      slot_(place.slot),
      generation_(place.generation),
      queues_(place.queue_fds),
      is_in_pool_(place.is_in_pool),
      page_(scoreboard_.slots[place.slot]),
      own_(own),
      channel_fd_(place.channel_fd) {}

void Report::publish(WorkerState state) noexcept {
  if (state == WorkerState::idle && page_.first_idle_ns.load(relaxed) == 0)
    page_.first_idle_ns.store(steady_now().ns, relaxed);
  page_.state.store({state, connections_, open()});
  if (!is_in_pool_) return;
  // Pairs with the supervisor's fence when it goes to rest: either we see that frames are wanted,
  // or its last look sees this change.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool rings = state == WorkerState::init || state == WorkerState::exit ||
                     scoreboard_.head->frames_wanted.load(relaxed) != 0;
  // If the channel is full, the supervisor has rings enough to answer.
  if (rings) send_whole(channel_fd_, encode_status(static_cast<FrameKind>(state), page_.counts()));
}

void Report::opened() noexcept {
  ++connections_;
  const std::uint32_t now_open = open_.fetch_add(1, relaxed) + 1;
  if (now_open > page_.open_most.load(relaxed)) page_.open_most.store(now_open, relaxed);
}

bool Report::is_crowded() const noexcept {
  return is_in_pool_ && brood::is_crowded(scoreboard_, slot_);
}

void Report::take_up(std::string_view request_line) noexcept {
  if (!shows_request_) own_.request_line.store(request_line);
  shows_request_ = true;
}

void Report::put_down() noexcept {
  if (shows_request_) own_.request_line.store({});
  shows_request_ = false;
}

TimePoint Report::enter(Phase phase) noexcept {
  const TimePoint now = lived_now();
  progressed(now);
  own_.phase.store(phase, relaxed);
  return now;
}

void Report::end_request(int status) noexcept {
  page_.entries.fetch_add(1, relaxed);
  if (status >= 400) page_.errors.fetch_add(1, relaxed);
  put_down();
}

std::uint32_t Report::waiting() const noexcept {
  std::uint32_t sum = 0;
  for (const int listener : queues_) sum += accept_queue_length(listener);
  return sum;
}

HealthDocument Report::health(TimePoint now) const {
  LoadReport load = scoreboard_.load(steady_of(now));
  load.queue += waiting();
  return {.totals = scoreboard_.totals(), .load = load};
}

void Report::note(std::string_view text) noexcept {
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  const std::size_t size = encode_note(text, bytes);
  send_whole(channel_fd_, std::span(bytes).first(size));
}

}  // namespace brood
