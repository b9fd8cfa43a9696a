#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <brood/unique_fd.hpp>
#include "support/built.hpp"
#include "support/log_replay.hpp"
#include "support/proc.hpp"

namespace brood::test {

/// How a program is started.
struct Launch {
  std::string binary = {};                          ///< BROOD_BINARY or BROOD_FAULTY_BINARY.
  std::vector<std::string> options = {};            ///< After the command.
  std::vector<std::string> environment = {};        ///< "NAME=value", besides the test's own.
  std::vector<std::pair<int, rlim_t>> limits = {};  ///< RLIMIT_..., soft and hard.
  /// A program, its path first, that starts it with these arguments, such as env(1).
  std::vector<std::string> through = {};
  bool as_nobody = false;   ///< As the user 65534; only root can ask for it.
  bool awaits_idle = true;  ///< Wait for all first workers, not only for the listeners.
  /// `balance`: wait for the first verdicts, or only for the listeners without `awaits_idle`.
  std::string command = "serve";
};

/// The exit status, or minus the number of the signal that ended the process.
using ExitStatus = int;

/// What a program that was run to its end has left.
struct Finished {
  ExitStatus status = 0;
  std::string out;
  std::string err;
};

/// Runs `binary` with exactly these arguments to its end, which must come within `patience`;
/// otherwise it is killed and throws. \param launch its options are all the arguments.
Finished run_to_end(const Launch& launch);

/// A `brood serve`, or another command that serves, in a process group of its own, its log read all
/// the time by a thread. Unless the options say otherwise it listens at a port of the kernel's
/// choice and logs JSON, `serve` with every change of the pool. When it goes out of scope nothing
/// of it is left, in whatever state it is.
class Server {
 public:
  using Matches = FunctionRef<bool(const LogLine&)>;

  /// Returns when the server listens and its first workers are IDLE; throws with the log when it
  /// does not come to that. To be made in the thread that outlives it: the death of the thread is
  /// the death of the server.
  explicit Server(const Launch& launch);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  pid_t pid() const noexcept { return pid_; }
  /// Of the first listener that has one.
  std::uint16_t port() const;
  /// As the `listening` events name them.
  std::vector<std::string> listeners() const;
  /// Its children, as /proc shows them.
  std::vector<pid_t> workers() const { return children_of(pid_); }

  void signal(int number) const noexcept;
  /// To it and all its workers, as a terminal does.
  void signal_group(int number) const noexcept;

  /// Everything logged so far.
  std::vector<LogLine> log() const;
  /// Those of one event, in order, from the index `from` of log() on.
  std::vector<LogLine> log(std::string_view event, std::size_t from = 0) const;
  /// Raw lines, for what is no event.
  std::vector<std::string> raw_log() const;
  /// Where the log is now: for what has to come after this.
  std::size_t mark() const;
  /// The first line from `from` on that matches, waited for; throws with the log's tail when it
  /// does not come within `limit`.
  LogLine wait_for(const Matches& matches, std::size_t from = 0,
                   std::chrono::milliseconds limit = patience) const;
  LogLine wait_for(std::string_view event, std::size_t from = 0) const;
  /// The last lines as text, for a failure's message.
  std::string log_tail() const;

  /// The log's reader sleeps: the pipe fills up. It goes on with resume_reading() or at the end.
  void stop_reading();
  void resume_reading();

  /// Whether it still runs.
  bool is_running();
  /// Waits for its end and for the end of its log; throws when it does not come.
  ExitStatus wait_exit(std::chrono::milliseconds limit = patience);
  /// SIGTERM, then wait_exit().
  ExitStatus stop();

 private:
  void end() noexcept;
  void read_log();
  void take_lines(std::string& pending);
  bool try_reap();

  pid_t pid_ = 0;
  bool reaped_ = false;
  int wait_status_ = 0;
  UniqueFd log_fd_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<LogLine> lines_;
  std::vector<std::string> raw_;
  bool paused_ = false;
  bool leaving_ = false;
  bool at_end_ = false;
  std::thread reader_;
};

}  // namespace brood::test
