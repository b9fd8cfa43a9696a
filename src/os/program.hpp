#pragma once

#include <sys/types.h>

#include <brood/unique_fd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/descriptor_limit.hpp"

namespace brood {

/// What a program is started with. The descriptors stay the caller's.
struct ProgramSpec {
  std::string path;                      ///< Absolute; also its argv[0], and its only argument.
  std::vector<std::string> environment;  ///< All of it, as "NAME=value".
  int directory = -1;                    ///< Where it runs.
  int input = -1;                        ///< Its stdin.
  int output = -1;                       ///< Its stdout.
  DescriptorLimit descriptor_limit{};
};

/// A program that this process has started: the leader of a process group of its own, which dies
/// when this object does, and when this process does, of whatever cause.
///
/// The program itself has its parent-death signal for that. The rest of the group hangs on its
/// stderr, which is a pipe that nobody reads while the group lives: when its read end closes, with
/// this object or with this process, the kernel sends SIGKILL to the group (F_SETSIG). Who leaves
/// the group (setsid) has left for good; who closes stderr lives on until this object ends.
class Program {
 public:
  /// Starts it with nothing inherited but stdio: no descriptor, no blocked or ignored signal.
  /// \return the Failure of fork() or execve() otherwise, such as EACCES or E2BIG.
  static Result<Program> start(const ProgramSpec& spec);

  Program(Program&& other) noexcept;
  Program& operator=(Program&&) = delete;
  ~Program() { end(); }

  pid_t pid() const noexcept { return pid_; }

  /// Its wait status, as of waitpid(2), if it has ended by itself; none after end().
  std::optional<int> ended() const noexcept;
  /// Waits for that, until the deadline (by lived_now()).
  std::optional<int> await_end(TimePoint deadline) noexcept;
  /// Whether it has ended or is about to: what the kernel closes of it on its way out may be seen
  /// before its end can be. True too where the kernel does not tell.
  bool is_ending() const noexcept;
  /// Whether nobody holds its stderr any more: most likely, the group is empty.
  bool is_silent() const noexcept;

  /// Sends SIGTERM to the group.
  void ask_to_end() const noexcept;
  /// Sends SIGKILL to the group.
  void kill() const noexcept;
  /// Takes note of its end, if it has ended. Then there is no group of ours any more.
  void reap() noexcept;
  /// Forgets it, as if it were reaped.
  void abandon() noexcept { pid_ = 0; }

  /// Kills what is left of the group and reaps the program, for which it waits. Idempotent.
  void end() noexcept;

  /// The first 64 KiB of what the group has written to its stderr; more was refused (EAGAIN).
  /// \pre The group has ended: to read from the pipe is what kills it, as above.
  std::string take_errors();

 private:
  Program(pid_t pid, UniqueFd errors) noexcept;

  pid_t pid_;  ///< 0: reaped. Until then neither it nor its group can be anybody else's.
  UniqueFd pid_fd_;
  UniqueFd errors_;
};

/// "exited 3", "killed by SIGSEGV".
std::string describe_end(int wait_status);

}  // namespace brood
