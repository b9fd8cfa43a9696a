#include "serve/supervisor/worker_processes.hpp"

#include <sched.h>

#include <utility>

#include "os/channel.hpp"

namespace brood {

void WorkerProcesses::listen_to(OnFrame on_frame, OnEnd on_end) {
  on_frame_ = std::move(on_frame);
  on_end_ = std::move(on_end);
}

Result<WorkerProcesses::Started> WorkerProcesses::start(std::uint32_t slot,
                                                        std::uint64_t request_quota,
                                                        const WorkerOrigin& origin) {
  auto channel = open_channel();
  if (!channel) return channel.error();
  page(slot).clear();
  const WorkerSpec spec{.slot = slot,
                        .generation = origin.generation,
                        .request_quota = request_quota,
                        .is_in_pool = origin.is_in_pool,
                        .channel_fd = channel->worker_end.get(),
                        .scoreboard_fd = scoreboard_.fd(),
                        .listener_fds = origin.listeners.descriptors(),
                        .queue_fds = origin.queues.descriptors()};
  const Result<void> attached = attach(slot, std::move(channel->supervisor_end));
  if (!attached) return attached.error();
  const TimePoint before = steady_now();
  const Result<pid_t> pid = origin.source.start(spec, spec.descriptors());
  const Duration took = steady_now() - before;
  if (!pid) {
    close_channel(slot);
    return pid.error();
  }
  // Its slot is there: that is all a worker has to wait for. It finds its acknowledgement when it
  // comes to wait for it, instead of paying for two more switches between processes.
  send(slot, FrameKind::idle);
  ::sched_yield();  // The child first: what is left to do here can wait, its clients cannot.
  return Started{.pid = *pid, .began = before, .fork_took = took};
}

/// \return why its end cannot be waited for: no memory, or max_user_watches of epoll(7).
Result<void> WorkerProcesses::attach(std::uint32_t slot, UniqueFd supervisor_end) {
  WorkerLink::Socket socket(context_);
  boost::system::error_code error;
  socket.assign(boost::asio::local::stream_protocol(), supervisor_end.get(), error);
  if (error) return Failure{.code = error, .operation = "epoll_ctl"};
  [[maybe_unused]] const int owned = supervisor_end.release();
  const auto made = std::make_shared<WorkerLink>(
      std::move(socket), [this, slot](const Frame& frame) { on_frame_(slot, frame); },
      [this, slot](ChannelEnd how) { on_end_(slot, how); });
  links_[slot] = made;
  made->listen();
  return {};
}

WorkerLink* WorkerProcesses::link(std::uint32_t slot) const noexcept {
  const auto found = links_.find(slot);
  return found == links_.end() ? nullptr : found->second.get();
}

void WorkerProcesses::send(std::uint32_t slot, FrameKind command) noexcept {
  if (WorkerLink* const its = link(slot)) its->send(command);
}

void WorkerProcesses::order_to_leave(std::uint32_t slot) noexcept {
  send(slot, FrameKind::drain);
  scoreboard_.view().head->orders_given.fetch_add(1, std::memory_order_release);
}

void WorkerProcesses::listen(std::uint32_t slot) {
  if (WorkerLink* const its = link(slot)) its->listen();
}

void WorkerProcesses::read_to_end(std::uint32_t slot) {
  if (WorkerLink* const its = link(slot)) its->read_to_end();
}

void WorkerProcesses::close_channel(std::uint32_t slot) noexcept {
  if (WorkerLink* const its = link(slot)) its->close();
  links_.erase(slot);
}

}  // namespace brood
