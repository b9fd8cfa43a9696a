#pragma once

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.hpp"
#include "os/listener_set.hpp"
#include "os/process.hpp"
#include "os/scoreboard_memory.hpp"
#include "os/worker_source.hpp"
#include "serve/supervisor/worker_link.hpp"

namespace brood {

/// Of whose kind a worker is: who makes its process, and what is in its spec.
struct WorkerOrigin {
  WorkerSource& source;
  const ListenerSet& listeners;  ///< At which it accepts.
  const ListenerSet& queues;     ///< Whose queues are the server's.
  std::uint32_t generation = 1;
  bool is_in_pool = true;
};

/// The real things behind the slots: processes, channels, pages. Does what it is told.
class WorkerProcesses {
 public:
  /// What a worker's channel brought.
  using OnFrame = std::function<void(std::uint32_t slot, const Frame&)>;
  using OnEnd = std::function<void(std::uint32_t slot, ChannelEnd)>;

  WorkerProcesses(boost::asio::io_context& context, Processes& processes,
                  const ScoreboardMemory& scoreboard)
      : context_(context), processes_(processes), scoreboard_(scoreboard) {}

  void listen_to(OnFrame on_frame, OnEnd on_end);

  /// A worker just started.
  struct Started {
    pid_t pid = 0;
    TimePoint began;  ///< Before the fork.
    Duration fork_took{0};
  };
  /// Makes channel, page and process for an empty slot, and acknowledges the worker.
  /// \param request_quota see WorkerSpec.
  /// \return EMFILE, EAGAIN, ENOMEM ... with nothing left behind.
  Result<Started> start(std::uint32_t slot, std::uint64_t request_quota,
                        const WorkerOrigin& origin);

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

  /// How many slots the scoreboard has room for.
  std::uint32_t room() const noexcept { return scoreboard_.slot_count(); }

 private:
  Result<void> attach(std::uint32_t slot, UniqueFd supervisor_end);
  WorkerLink* link(std::uint32_t slot) const noexcept;

  boost::asio::io_context& context_;
  Processes& processes_;
  const ScoreboardMemory& scoreboard_;
  OnFrame on_frame_;
  OnEnd on_end_;
  std::unordered_map<std::uint32_t, std::shared_ptr<WorkerLink>> links_;  ///< By slot.
};

}  // namespace brood
