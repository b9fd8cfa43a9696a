#pragma once

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "os/listener_set.hpp"
#include "os/process.hpp"
#include "os/scoreboard_memory.hpp"
#include "os/worker_source.hpp"
#include "serve/supervisor/worker_link.hpp"

namespace brood {

/// The real things behind the slots: processes, channels, pages. Does what it is told.
class WorkerProcesses {
 public:
  /// What a worker's channel brought.
  using OnFrame = std::function<void(std::uint32_t slot, const Frame&)>;
  using OnEnd = std::function<void(std::uint32_t slot, ChannelEnd)>;

  /// \param source where they come from. \param listeners at which they accept.
  WorkerProcesses(boost::asio::io_context& context, Processes& processes, WorkerSource& source,
                  const ScoreboardMemory& scoreboard, std::shared_ptr<ListenerSet> listeners,
                  std::uint32_t slot_count);

  void listen_to(OnFrame on_frame, OnEnd on_end);

  /// A worker just started.
  struct Started {
    pid_t pid = 0;
    TimePoint began;  ///< Before the fork.
    Duration fork_took{0};
  };
  /// Makes channel, page and process for an empty slot, and acknowledges the worker.
  /// \param request_quota, generation see WorkerSpec.
  /// \return EMFILE, EAGAIN, ENOMEM ... with nothing left behind.
  Result<Started> start(std::uint32_t slot, std::uint64_t request_quota, std::uint32_t generation);

  void send(std::uint32_t slot, FrameKind command) noexcept;
  void kill(pid_t pid) noexcept { processes_.kill(pid, SIGKILL); }
  /// To finish what it has and leave: a frame, and the sign in page 0 that there is one.
  void order_to_leave(std::uint32_t slot) noexcept;
  /// A worker that somebody has stopped can do as it is told only when it goes on.
  void resume(pid_t pid) noexcept { processes_.kill(pid, SIGCONT); }
  bool reap(pid_t pid, int& wait_status) { return processes_.reap(pid, wait_status); }
  /// Reads what a worker's channel brings, once; see WorkerLink::listen().
  void listen(std::uint32_t slot);
  void read_to_end(std::uint32_t slot);
  void close_channel(std::uint32_t slot) noexcept;

  SlotPage& page(std::uint32_t slot) const noexcept { return scoreboard_.view().slots[slot]; }
  Scoreboard scoreboard() const noexcept { return scoreboard_.view(); }

  ListenerSet& listeners() const noexcept { return *listeners_; }
  /// Connections that wait in all accept queues.
  std::uint32_t waiting() const noexcept { return listeners_->waiting(); }
  /// From now on nobody can connect. \return how many waited and were refused.
  std::uint32_t stop_listening() noexcept;

  /// For the reporter: it is none of the pool, and the queues that it tells of are those of the
  /// pool's listeners.
  void set_apart(std::shared_ptr<const ListenerSet> pool_listeners) noexcept;

 private:
  Result<void> attach(std::uint32_t slot, UniqueFd supervisor_end);

  boost::asio::io_context& context_;
  Processes& processes_;
  WorkerSource& source_;
  const ScoreboardMemory& scoreboard_;
  std::shared_ptr<ListenerSet> listeners_;
  std::shared_ptr<const ListenerSet> queues_ = listeners_;
  bool is_in_pool_ = true;
  OnFrame on_frame_;
  OnEnd on_end_;
  std::vector<std::shared_ptr<WorkerLink>> links_;  ///< One a slot; none where no worker is.
};

}  // namespace brood
