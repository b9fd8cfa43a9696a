#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "os/descriptor_limit.hpp"
#include "os/listener.hpp"
#include "os/process.hpp"
#include "os/worker_seat.hpp"
#include "serve/supervisor/worker_link.hpp"

namespace brood {

/// The real things behind the slots: processes, channels, pages. Does what it is told.
class Crew {
 public:
  /// What a worker's channel brought.
  using OnFrame = std::function<void(std::uint32_t slot, const Frame&)>;
  using OnEnd = std::function<void(std::uint32_t slot, ChannelEnd)>;

  Crew(boost::asio::io_context& context, Processes& processes, ScoreboardMemory& scoreboard,
       std::vector<Listener>& listeners, WorkerBody body, std::uint32_t slot_count);

  void listen_to(OnFrame on_frame, OnEnd on_end);

  /// A worker just forked.
  struct Made {
    pid_t pid = 0;
    TimePoint began;  ///< Before the fork.
    Duration fork_took{0};
  };
  /// Makes channel, page and process for an empty slot, and acknowledges the worker. \return
  /// EMFILE, EAGAIN, ENOMEM ... with nothing left behind.
  Result<Made> make(std::uint32_t slot, std::uint64_t share);

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

  SlotPage& page(std::uint32_t slot) noexcept { return scoreboard_.view().slots[slot]; }
  Scoreboard scoreboard() noexcept { return scoreboard_.view(); }

  const std::vector<Listener>& listeners() const noexcept { return listeners_; }
  /// Connections that wait in all accept queues.
  std::uint32_t waiting() const noexcept;
  /// Where somebody has shut a listener down.
  struct Restored {
    std::string listen;
    std::string outcome;
    bool is_new = false;  ///< Workers that were forked before hold the old one.
  };
  /// Listens again wherever nobody can connect any more.
  std::vector<Restored> restore_listeners();
  /// From now on nobody can connect. \return how many waited and were refused.
  std::uint32_t stop_listening() noexcept;

  /// Makes this the crew of the reporter: it is none of the pool, and the queues that it tells of
  /// are those of the pool's listeners.
  void set_apart(const std::vector<Listener>& pool_listeners) noexcept {
    queues_ = &pool_listeners;
    is_in_pool_ = false;
  }

  /// For workers, instead of the supervisor's own, raised one.
  void set_worker_descriptor_limit(const DescriptorLimit& limit) noexcept { limit_ = limit; }

 private:
  WorkerSeat seat_for(std::uint32_t slot, std::uint64_t share, int channel_fd) const;
  ChildSpec child_spec(const WorkerSeat& seat, std::vector<int>& kept) const;
  int live(const WorkerSeat& seat) const;
  Result<void> attach(std::uint32_t slot, UniqueFd supervisor_end);

  boost::asio::io_context& context_;
  Processes& processes_;
  ScoreboardMemory& scoreboard_;
  std::vector<Listener>& listeners_;
  const std::vector<Listener>* queues_ = &listeners_;
  bool is_in_pool_ = true;
  WorkerBody body_;
  DescriptorLimit limit_ = descriptor_limit();
  OnFrame on_frame_;
  OnEnd on_end_;
  std::vector<std::shared_ptr<WorkerLink>> links_;
};

}  // namespace brood
