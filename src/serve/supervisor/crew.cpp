#include "serve/supervisor/crew.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <span>
#include <system_error>
#include <utility>

#include "os/channel.hpp"
#include "wire/exit_status.hpp"
#include "wire/frame.hpp"

namespace brood {

Crew::Crew(boost::asio::io_context& context, Processes& processes, ScoreboardMemory& scoreboard,
           std::vector<Listener>& listeners, WorkerBody body, std::uint32_t slot_count)
    : context_(context),
      processes_(processes),
      scoreboard_(scoreboard),
      listeners_(listeners),
      body_(std::move(body)),
      links_(slot_count) {}

void Crew::listen_to(OnFrame on_frame, OnEnd on_end) {
  on_frame_ = std::move(on_frame);
  on_end_ = std::move(on_end);
}

ChildSpec Crew::child_spec(const WorkerSeat& seat, std::vector<int>& kept) const {
  kept = seat.listener_fds;
  kept.insert(kept.end(), seat.queue_fds.begin(), seat.queue_fds.end());
  kept.push_back(seat.channel_fd);
  kept.push_back(seat.scoreboard->fd());
  std::sort(kept.begin(), kept.end());
  return {.kept_fds = kept, .body = [this, &seat] { return live(seat); }};
}

/// In the child. One that could write to its siblings' pages is no worker.
int Crew::live(const WorkerSeat& seat) const {
  set_descriptor_limit(limit_);
  if (seat.scoreboard->restrict_to(seat.slot)) return body_(seat);
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  const std::size_t size = encode_note(
      "cannot make the scoreboard read-only: " + failure_from_errno("mmap").text(), bytes);
  send_whole(seat.channel_fd, std::span(bytes).first(size));
  return exit_os_error;
}

WorkerSeat Crew::seat_for(std::uint32_t slot, std::uint64_t share, int channel_fd) const {
  WorkerSeat seat{.slot = slot,
                  .channel_fd = channel_fd,
                  .listener_fds = {},
                  .queue_fds = {},
                  .is_in_pool = is_in_pool_,
                  .scoreboard = &scoreboard_,
                  .share = share};
  for (const Listener& listener : listeners_) seat.listener_fds.push_back(listener.fd());
  for (const Listener& listener : *queues_) seat.queue_fds.push_back(listener.fd());
  return seat;
}

Result<Crew::Made> Crew::make(std::uint32_t slot, std::uint64_t share) {
  auto channel = open_channel();
  if (!channel) return channel.error();
  page(slot).clear();
  const WorkerSeat seat = seat_for(slot, share, channel->worker_end.get());
  std::vector<int> kept;
  const ChildSpec spec = child_spec(seat, kept);

  const Result<void> attached = attach(slot, std::move(channel->supervisor_end));
  if (!attached) return attached.error();
  using Context = boost::asio::execution_context;
  context_.notify_fork(Context::fork_prepare);
  const TimePoint before = steady_now();
  const Result<pid_t> pid = processes_.fork(spec);
  const Duration took = steady_now() - before;
  context_.notify_fork(Context::fork_parent);  // Also when the fork has failed.
  if (!pid) {
    close_channel(slot);
    return pid.error();
  }
  // Its slot is there: that is all a worker has to wait for. It finds its acknowledgement when it
  // comes to wait for it, instead of paying for two more switches between processes.
  send(slot, FrameKind::idle);
  ::sched_yield();  // The child first: what is left to do here can wait, its clients cannot.
  return Made{.pid = *pid, .began = before, .fork_took = took};
}

/// \return why its end cannot be waited for: no memory, or max_user_watches of epoll(7).
Result<void> Crew::attach(std::uint32_t slot, UniqueFd supervisor_end) {
  WorkerLink::Socket socket(context_);
  boost::system::error_code error;
  socket.assign(boost::asio::local::stream_protocol(), supervisor_end.get(), error);
  if (error) return Failure{.code = error, .operation = "epoll_ctl"};
  [[maybe_unused]] const int owned = supervisor_end.release();
  links_[slot] = std::make_shared<WorkerLink>(
      std::move(socket), [this, slot](const Frame& frame) { on_frame_(slot, frame); },
      [this, slot](ChannelEnd how) { on_end_(slot, how); });
  links_[slot]->listen();
  return {};
}

void Crew::send(std::uint32_t slot, FrameKind command) noexcept {
  if (links_[slot]) links_[slot]->send(command);
}

void Crew::order_to_leave(std::uint32_t slot) noexcept {
  send(slot, FrameKind::drain);
  scoreboard_.view().head->orders_given.fetch_add(1, std::memory_order_release);
}

void Crew::listen(std::uint32_t slot) {
  if (links_[slot]) links_[slot]->listen();
}

void Crew::read_to_end(std::uint32_t slot) {
  if (links_[slot]) links_[slot]->read_to_end();
}

void Crew::close_channel(std::uint32_t slot) noexcept {
  if (links_[slot]) links_[slot]->close();
  links_[slot].reset();
}

std::uint32_t Crew::waiting() const noexcept {
  std::uint32_t sum = 0;
  for (const Listener& listener : listeners_) sum += listener.waiting();
  return sum;
}

std::vector<Crew::Restored> Crew::restore_listeners() {
  std::vector<Restored> all;
  for (Listener& listener : listeners_) {
    if (listener.is_listening()) continue;
    Restored one{.listen = to_string(listener.endpoint()), .outcome = {}};
    const int error = listener.restore(one.is_new);
    one.outcome =
        error == 0 ? "listening again" : std::error_code(error, std::system_category()).message();
    all.push_back(std::move(one));
  }
  return all;
}

std::uint32_t Crew::stop_listening() noexcept {
  const std::uint32_t refused = waiting();
  scoreboard_.view().head->draining.store(1, std::memory_order_relaxed);
  for (Listener& listener : listeners_) listener.stop();
  listeners_.clear();
  return refused;
}

}  // namespace brood
