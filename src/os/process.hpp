#pragma once
// os: level 2. One thin owner for each idea of the kernel: process, channel, listener, scoreboard
// memory, descriptor limit. Returns Result; no policy, and no loop longer than EINTR's.

#include <sys/types.h>

#include <functional>
#include <span>

#include "base/result.hpp"

namespace brood {

/// What a child process is made with.
struct ChildSpec {
  std::span<const int> kept_fds;  ///< Besides stdio, ascending; all else is closed in the child.
  std::function<int()> body;      ///< Runs in the child; its result is the exit status.
};

/// The processes of this machine, as far as a supervisor meets them: the seam at which tests put a
/// fork that fails. One thread only: kill() and reap() share it, so that a signal never reaches a
/// pid which the kernel has given to somebody else.
class Processes {
 public:
  virtual ~Processes() = default;

  /// Forks. In the child: dispositions back to default, die with the parent, keep an allow-list of
  /// descriptors, run the body, _exit(). Nothing comes back from the child, so no destructor of the
  /// parent's ever runs in it.
  /// \pre one thread: a second one's locks would stay locked in the child for ever.
  /// \return the pid, or the Failure of fork() (EAGAIN, ENOMEM) with the parent unchanged.
  virtual Result<pid_t> fork(const ChildSpec& spec) = 0;

  /// Sends a signal to a child that has not been reaped.
  virtual void kill(pid_t pid, int signal_number) = 0;

  /// waitpid(pid, WNOHANG). \return true and the status once the child has ended.
  virtual bool reap(pid_t pid, int& wait_status) = 0;
};

/// The real ones.
class KernelProcesses final : public Processes {
 public:
  Result<pid_t> fork(const ChildSpec& spec) override;
  void kill(pid_t pid, int signal_number) override;
  bool reap(pid_t pid, int& wait_status) override;
};

/// The pid of a child that has ended and waits to be reaped; 0: there is none. Only for a process
/// whose children are all its own: in a library's company each is asked for by its pid.
pid_t ended_child();

/// As PID 1 of a container one inherits every orphan: reaps those that have ended and are not ours.
/// Call it after one's own children have been asked for; does nothing unless this is PID 1.
/// \param is_ours tells the pids that reap() above is to see.
void reap_strangers(const std::function<bool(pid_t)>& is_ours);

/// How many processes the kernel has killed for want of memory, in this cgroup where it can be
/// told, else on this machine; 0 if neither can be read.
std::uint64_t oom_kill_count();

}  // namespace brood
