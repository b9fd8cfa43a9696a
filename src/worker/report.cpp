#include "worker/report.hpp"

#include <array>
#include <atomic>

#include "os/channel.hpp"
#include "wire/frame.hpp"

namespace brood {

Report::Report(const WorkerSeat& seat) noexcept
    : scoreboard_(seat.scoreboard->view()),
      page_(scoreboard_.slots[seat.slot]),
      channel_fd_(seat.channel_fd) {}

void Report::publish(WorkerState state) noexcept {
  progressed();
  if (state == WorkerState::idle && page_.first_idle_ns.load(std::memory_order_relaxed) == 0)
    page_.first_idle_ns.store(steady_now().ns, std::memory_order_relaxed);
  page_.state.store({state, counts_.connections, state == WorkerState::busy ? 1U : 0U});
  // Pairs with the supervisor's fence when it goes to rest: either we see that frames are wanted,
  // or its last look sees this change.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool rings = state == WorkerState::init || state == WorkerState::exit ||
                     scoreboard_.head->frames_wanted.load(std::memory_order_relaxed) != 0;
  // If the channel is full, the supervisor has rings enough to answer.
  if (rings) send_whole(channel_fd_, encode_status(static_cast<FrameKind>(state), counts_));
}

void Report::connected() noexcept {
  ++counts_.connections;
  publish(WorkerState::busy);
}

void Report::progressed() noexcept {
  page_.progress_ns.store(steady_now().ns, std::memory_order_relaxed);
}

void Report::begin_request(std::string_view line) noexcept {
  page_.request_line.store(line);
}

void Report::begin_work() noexcept {
  progressed();
  page_.phase.store(Phase::working, std::memory_order_relaxed);
}

void Report::end_work() noexcept {
  progressed();
  page_.phase.store(Phase::waiting, std::memory_order_relaxed);
}

void Report::end_request(int status) noexcept {
  page_.entries.store(++counts_.entries, std::memory_order_relaxed);
  if (status >= 400) page_.errors.store(++counts_.errors, std::memory_order_relaxed);
  page_.request_line.store({});
}

void Report::end_probe() noexcept {
  page_.request_line.store({});
}

void Report::note(std::string_view text) noexcept {
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  const std::size_t size = encode_note(text, bytes);
  send_whole(channel_fd_, std::span(bytes).first(size));
}

}  // namespace brood
