#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "control/pool_status.hpp"
#include "log/log.hpp"
#include "serve/pool/death.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/restart.hpp"
#include "serve/supervisor/generation.hpp"
#include "serve/supervisor/worker_processes.hpp"

namespace brood {

/// The reporter: a child outside the pool that answers health probes at a listener of its own, also
/// while every worker is busy, hung or stopped. It is made again when it ends, and leaves after the
/// last worker, so that somebody can tell of a server that is stopping.
class Reporter {
 public:
  /// \param processes are this one child, in `slot`.
  Reporter(boost::asio::io_context& context, WorkerProcesses& processes, std::uint32_t slot,
           Log& log);

  /// \param on_gone called when it has ended and will not be made again.
  void start(const Generation& generation, std::function<void()> on_gone);
  /// Another one takes its place, as that generation wants it, or none.
  void serve_by(const Generation& generation);
  /// Once a second: what it has to say is heard then, and no sooner; and it is seen whether it gets
  /// on.
  void tick(const Pauses& pauses);
  /// Asks after its end.
  void reap();
  bool owns(pid_t pid) const noexcept { return pid_ != 0 && pid == pid_; }

  /// To finish what it has; killed when that takes long. Idempotent.
  void leave();
  void kill();
  bool is_gone() const noexcept { return !is_wanted_ && pid_ == 0; }

  /// None if it does not live.
  std::optional<ReporterStatus> status(TimePoint now) const;

 private:
  void take(const Generation& generation);
  void make();
  void make_soon(TimePoint now);
  void watch_progress(const Pauses& pauses);
  void on_frame(const Frame& frame);
  void end(int wait_status);

  WorkerProcesses& processes_;
  std::uint32_t slot_;
  Log& log_;
  boost::asio::steady_timer timer_;  ///< To be made again, or killed.
  std::function<void()> on_gone_;
  RestartMemory restart_;
  Generation generation_;
  std::string listen_;
  pid_t pid_ = 0;  ///< 0: none lives.
  TimePoint born_;
  TimePoint well_at_;             ///< When it had got on, or nobody waited for it.
  std::int64_t progress_ns_ = 0;  ///< As its page said then.
  Intent intent_ = Intent::none;
  bool is_wanted_ = false;
};

}  // namespace brood
