#pragma once
// supervisor: level 6. Asio in the parent: waits, asks the pure rules of `pool` what to do, does it
// through `os`, and writes the log. No rule about counts lives here, and nothing in here blocks.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "os/hangup_signal.hpp"
#include "serve/supervisor/progress_watch.hpp"
#include "serve/supervisor/reaping.hpp"
#include "serve/supervisor/reporter.hpp"
#include "serve/supervisor/status.hpp"

namespace brood {

/// The parent process: one thread, one io_context. It forks workers, follows them, asks the pure
/// rules of `pool` what to do about them, does it and logs it. It never accepts a client's
/// connection and never waits for anybody.
///
/// Its parts share a Supervision, and each knows only those before it: Spawning, Regulation,
/// Replacing, Reloading, Picture, Stopping, Reaping, ProgressWatch. This class has the signals and
/// the tick.
class Supervisor {
 public:
  /// \param reload what SIGHUP is answered with; none: it cannot reload.
  Supervisor(boost::asio::io_context& context, Generation first, WorkerProcesses& processes,
             Journal& journal, MakeNext reload = {});

  /// Keeps this one alive besides the pool, for as long as there is one and it is wanted.
  void keep(Reporter& reporter) noexcept { all_.reporter = &reporter; }

  /// In force.
  const Generation& current() const noexcept { return all_.current; }
  /// As the picture has it.
  PoolStatus status() const { return status_of(all_, steady_now()); }
  /// Of this moment: all pages are read.
  PoolStatus look();
  /// Forks the first workers and serves until stopped. \return the exit status: 0; or 1, see
  /// fault().
  int run();
  /// Why it could not serve: what the handler of the very first workers has said. Else empty.
  const std::string& fault() const noexcept { return stopping_.fault(); }

  // --- What an operator asks for, by a signal or through the control socket.

  /// What is in hand is finished. \pre status().is_stopping is false.
  void stop(std::string_view reason);
  /// Nothing more is waited for. Idempotent.
  void kill_all(std::string_view reason);
  /// Its files are opened again, here and in all workers. \return why the server's own could not.
  Result<void> reopen_log();
  /// Writes it into the log, too.
  std::vector<LogEvent> dump();
  void set_log_level(Level least) noexcept { all_.journal.log().set_least(least); }
  /// Reads the configuration again: status().reload tells how that goes.
  void reload() { reloading_.begin(); }
  /// From now on the pool has so many spares. \pre There is a pool, and min <= max <= max_workers.
  void scale(std::uint32_t min_spare, std::uint32_t max_spare);

 private:
  void introduce();
  void await_signal();
  void await_hangup();
  void on_hangup();
  void on_signal(int number);
  void await_tick();
  void tick();
  void keep_log_moving();
  /// Nothing that a call can throw, for want of memory above all, ends the supervisor: what it was
  /// about to do is left, and looked after again at the next tick.
  template <class Act>
  void survive(Act act) {
    try {
      act();
    } catch (const std::exception& error) {
      note_undone(error);
    }
  }
  void note_undone(const std::exception& error) noexcept;

  boost::asio::io_context& context_;
  boost::asio::signal_set signals_;
  HangupSignal hangup_;
  boost::asio::posix::stream_descriptor hangup_bell_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer log_timer_;
  Supervision all_;
  Spawning spawning_;
  Regulation regulation_;
  Replacing replacing_;
  Reloading reloading_;
  Picture picture_;
  Stopping stopping_;
  Reaping reaping_;
  ProgressWatch progress_watch_;
  bool log_waits_ = false;
};

}  // namespace brood
