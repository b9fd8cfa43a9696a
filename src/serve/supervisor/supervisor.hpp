#pragma once
// supervisor: level 4. Asio in the parent: waits, asks the pure rules of `pool` what to do, does it
// through `os`, and writes the log. No rule about counts lives here, and nothing in here blocks.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/pool.hpp"
#include "serve/pool/restart.hpp"
#include "serve/pool/watchdog.hpp"
#include "serve/supervisor/crew.hpp"
#include "serve/supervisor/journal.hpp"
#include "serve/supervisor/reporter.hpp"

namespace brood {

/// Of a model without a pool, whose one worker holds all connections: its words for the dump.
struct SoleWorker {
  std::string_view model;     ///< Empty: there is a pool.
  std::string_view unit;      ///< What it has one of for each connection, such as "threads".
  std::uint32_t threads = 0;  ///< Where a fixed number takes connections from a queue; else 0.
};

/// What a supervisor is told once.
struct SupervisorSettings {
  PoolLimits limits;
  std::uint64_t max_requests = 0;         ///< Connections a worker serves; 0: no limit.
  std::uint64_t max_requests_jitter = 0;  ///< Up to so many more, drawn for each worker.
  Duration graceful_timeout = std::chrono::seconds{30};
  WatchdogLimits watchdog;
  std::uint64_t seed = 0;  ///< For the jitter.
  SoleWorker sole_worker{};
};

/// Between two looks at the pages while the supervisor is awake; well below the 10 ms that a
/// picture may be old, so that a late timer does not make it older.
inline constexpr Duration look_interval = std::chrono::milliseconds{4};

/// The parent process: one thread, one io_context. It forks workers, follows them, asks the pure
/// rules of `pool` what to do about them, does it and logs it. It never accepts a client's
/// connection and never waits for anybody.
///
/// Its picture of the pool is taken from the workers' pages. At rest, the next change rings (a
/// frame) and wakes it; awake, it looks at all pages every few milliseconds, and workers send
/// nothing. It goes back to rest when nothing has moved for a while: it asks for frames and looks
/// once more, so that no change is missed in between.
class Supervisor {
 public:
  Supervisor(boost::asio::io_context& context, const SupervisorSettings& settings, Crew& crew,
             Journal& journal);

  /// Keeps this one alive besides the pool, for as long as there is one.
  void keep(Reporter& reporter) noexcept { reporter_ = &reporter; }

  /// Forks the first workers and serves until stopped. \return the exit status: 0; or 1, see
  /// fault().
  int run();
  /// Why it could not serve: what the handler of the very first workers has said. Else empty.
  const std::string& fault() const noexcept { return fault_; }

 private:
  enum class Stage : std::uint8_t { serving, stopping, killing };
  /// What only the supervisor knows of the worker in a slot.
  struct Record {
    Sighting claim;       ///< Its last status frame.
    std::string offence;  ///< How it broke the protocol.
    std::uint64_t share = 0;
    std::string note;     ///< Its last one before it was ready.
    Duration silence{0};  ///< When it was asked to leave.
    std::string request;  ///< In its hands then.
  };

  // supervisor.cpp: the course of things.
  void introduce();
  void await_signal();
  void on_signal(int number);
  void await_tick();
  void tick();
  void note_running();
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

  // stopping.cpp
  void begin_stop(const char* reason);
  void await_stop(Duration left);
  void log_stop(std::string_view name, const char* reason);
  void kill_all(const char* reason);
  void finish_if_empty();

  // regulation.cpp: carrying out decisions.
  void regulate(Moment moment);
  void act(const Decision& decision, const PoolView& view);
  std::string told_to_leave(std::uint32_t slot) const;
  std::string cut_longest_finishing();
  std::string spawn(std::uint32_t count, std::vector<Birth>& births);
  Result<Birth> spawn_into(std::uint32_t slot);
  void drain(std::uint32_t slot, Intent intent);
  void nudge_if_waiting();
  void restore_listeners();
  PoolView view(bool with_queue);

  // replacing.cpp: another one for a worker that has ended or takes no more.
  bool replace(std::uint32_t slot, std::uint32_t place, Reason reason);
  void await_finish(std::uint32_t slot);
  void succeed_those_who_finish();
  void owe(std::uint32_t slot);
  void pay_owed();
  void learn_from(const Slot& ended, const Death& death);
  void note_failure(const std::string& what, const RestartMemory& next);
  void note_fruit();

  // watching.cpp: keeping the picture true.
  void on_frame(std::uint32_t slot, const Frame& frame);
  void on_status(std::uint32_t slot, const Frame& frame);
  void on_channel_end(std::uint32_t slot, ChannelEnd how);
  void wake();
  void await_look();
  void look();
  void listen_in_turn();
  void rest();
  bool sight_all();
  Duration picture_age(TimePoint now) const noexcept;
  bool sight(std::uint32_t slot);
  void break_off(std::uint32_t slot, Intent intent, std::string detail);

  // progress.cpp: whether workers get on.
  void prove(std::uint32_t slot, TimePoint now);
  void watch_progress();
  void judge_silence(std::uint32_t slot, TimePoint now);
  TimePoint last_progress(std::uint32_t slot, TimePoint now);
  Duration silence(std::uint32_t slot, TimePoint now);
  std::string request_in_hand(std::uint32_t slot);
  void ask(std::uint32_t slot, TimePoint now);

  // endings.cpp: from a death to an empty slot.
  void reap();
  bool left_on_sigterm(std::uint32_t slot) const;
  void end_if_over(std::uint32_t slot);
  void end(std::uint32_t slot);
  void end_those_over();
  void fail_start(const Record& record, const std::string& how);
  Death death_of(std::uint32_t slot);
  std::uint32_t open_most(std::uint32_t slot);
  bool take_oom_kill();

  // dump.cpp
  void dump();
  void dump_sole_worker();

  boost::asio::io_context& context_;
  SupervisorSettings settings_;
  Crew& crew_;
  Journal& journal_;
  Reporter* reporter_ = nullptr;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer log_timer_;
  boost::asio::steady_timer nudge_timer_;
  boost::asio::steady_timer owed_timer_;
  boost::asio::steady_timer ended_timer_;
  boost::asio::steady_timer succession_timer_;

  Pool pool_;
  std::vector<Record> records_;  ///< One a slot.
  Pauses pauses_;
  TimePoint ran_;  ///< When it last ran that it noted.
  TimePoint due_;  ///< When it is to run next.
  RegulatorMemory memory_;
  RestartMemory restart_;
  SplitMix random_;
  Stage stage_ = Stage::serving;
  bool awake_ = false;
  bool log_waits_ = false;
  bool was_ready_ = false;        ///< Some worker has been IDLE since the start.
  bool may_have_missed_ = false;  ///< An end, for it could not go on.
  std::string fault_;
  int quiet_looks_ = 0;
  std::uint32_t turn_ = 0;  ///< Which channels are read at the next look.
  std::uint32_t nudged_ = 0;
  std::vector<std::uint32_t> owed_;  ///< Slots whose replacement has to wait.
  TimePoint started_;
  TimePoint stopping_since_;
  TimePoint looked_;
  Duration age_max_{0};
  Duration fork_cost_{0};
  std::uint64_t oom_kills_ = 0;
  WorkerCounts ended_counts_;
  std::uint32_t ended_open_most_ = 0;
  std::uint64_t ended_workers_ = 0;
  std::uint64_t cut_ = 0;
  std::uint64_t refused_ = 0;
  std::uint32_t notes_this_second_ = 0;
};

}  // namespace brood
