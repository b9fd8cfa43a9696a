#pragma once
// supervisor: level 4. Asio in the parent: waits, asks the pure rules of `pool` what to do, does it
// through `os`, and writes the log. No rule about counts lives here, and nothing in here blocks.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "pool/pool.hpp"
#include "pool/restart.hpp"
#include "pool/watchdog.hpp"
#include "supervisor/crew.hpp"
#include "supervisor/journal.hpp"
#include "supervisor/reporter.hpp"

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

  /// Forks the first workers and serves until stopped. \return the exit status.
  int run();

 private:
  enum class Stage : std::uint8_t { serving, stopping, killing };

  // supervisor.cpp: the course of things.
  void introduce();
  void await_signal();
  void on_signal(int number);
  void await_tick();
  void tick();
  void begin_stop(const char* reason);
  void log_stop(std::string_view name, const char* reason);
  void kill_all(const char* reason);
  void finish_if_empty();
  void keep_log_moving();

  // regulation.cpp: carrying out decisions.
  void regulate(Moment moment);
  void act(const Decision& decision, const PoolView& view);
  std::string told_to_leave(std::uint32_t slot) const;
  void replace(std::uint32_t slot, bool recycled);
  void owe(std::uint32_t slot);
  void pay_owed();
  std::string spawn(std::uint32_t count, std::vector<Birth>& births);
  Result<Birth> spawn_into(std::uint32_t slot);
  void drain(std::uint32_t slot, Intent intent);
  void nudge_if_waiting();
  void restore_listeners();
  void note_failure(const std::string& what);
  void note_fruit();
  PoolView view(bool with_queue);

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
  void watch_progress();
  void judge_silence(std::uint32_t slot, TimePoint now);
  TimePoint last_progress(std::uint32_t slot, TimePoint now);
  std::string request_in_hand(std::uint32_t slot);
  void ask(std::uint32_t slot, TimePoint now);

  // endings.cpp: from a death to an empty slot.
  void reap();
  void end_if_over(std::uint32_t slot);
  Death death_of(std::uint32_t slot);
  std::uint32_t open_most(std::uint32_t slot);
  bool more_oom_kills();

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

  Pool pool_;
  std::vector<Sighting> claims_;       ///< The last status frame of each worker.
  std::vector<std::string> offences_;  ///< How a worker broke the protocol.
  std::vector<std::uint64_t> shares_;
  RegulatorMemory memory_;
  RestartMemory restart_;
  SplitMix random_;
  Stage stage_ = Stage::serving;
  bool awake_ = false;
  bool log_waits_ = false;
  int quiet_looks_ = 0;
  std::uint32_t turn_ = 0;  ///< Which channels are read at the next look.
  std::uint32_t nudged_ = 0;
  std::vector<std::uint32_t> owed_;  ///< Slots whose replacement has to wait.
  TimePoint started_;
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
