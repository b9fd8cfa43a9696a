#include "os/process.hpp"

#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/lived_clock.hpp"

#include <algorithm>
#include <cassert>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace brood {
namespace {

/// Closes all but stdio and `kept`: a deny-list would forget the next descriptor that somebody
/// adds, and a sibling's channel end left open hides that sibling's end of file. Takes no memory:
/// each page that a child touches first costs it more than a system call.
void close_all_but(std::span<const int> kept) noexcept {
  assert(std::is_sorted(kept.begin(), kept.end()));
  unsigned first = 3;
  for (const int fd : kept) {
    const auto keep = static_cast<unsigned>(fd);
    if (first < keep) ::close_range(first, keep - 1, 0);
    first = keep + 1;
  }
  ::close_range(first, ~0U, 0);
}

/// Signals are blocked when this begins, so that none can reach a handler of the parent's: Asio's
/// would write to a pipe that parent and child share (chriskohlhoff/asio#1069).
void become_child(pid_t parent_pid, std::span<const int> kept_fds, const sigset_t& mask) {
  // What the supervisor has caught; what nobody caught is as exec() left it.
  for (const int number : {SIGCHLD, SIGTERM}) ::signal(number, SIG_DFL);
  // write() is to report a lost client and a file that may not grow. Ctrl-C, Ctrl-\ and a closing
  // terminal reach the whole process group, and only the supervisor is to answer them.
  for (const int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2})
    ::signal(number, SIG_IGN);
  hear_of_pauses();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);         // A stopped child would keep a SIGTERM pending.
  if (::getppid() != parent_pid) ::_exit(0);  // It had died before the request took effect.
  close_all_but(kept_fds);
  sigset_t first_mask = mask;
  sigaddset(&first_mask, SIGTERM);  // Until the body is ready to take it as an order.
  ::sigprocmask(SIG_SETMASK, &first_mask, nullptr);
}

[[noreturn]] void run_child(const ChildSpec& spec, pid_t parent_pid, const sigset_t& mask) {
  int status = 70;  // EX_SOFTWARE, should an exception get this far.
  try {
    become_child(parent_pid, spec.kept_fds, mask);
    status = spec.body();
  } catch (...) {  // Never unwind into the parent's event loop.
  }
  ::_exit(status);  // Not exit(): no atexit handler, no second flush of inherited buffers.
}

}  // namespace

Result<pid_t> KernelProcesses::fork(const ChildSpec& spec) {
  assert(__libc_single_threaded);
  const pid_t parent_pid = ::getpid();
  sigset_t every_signal;
  sigset_t mask_before;
  ::sigfillset(&every_signal);
  ::sigprocmask(SIG_SETMASK, &every_signal, &mask_before);
  const pid_t pid = ::fork();
  if (pid == 0) run_child(spec, parent_pid, mask_before);
  const Failure failure = failure_from_errno("fork");  // Before anything else sets errno.
  ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  if (pid < 0) return failure;
  return pid;
}

void KernelProcesses::kill(pid_t pid, int signal_number) {
  ::kill(pid, signal_number);
}

bool KernelProcesses::reap(pid_t pid, int& wait_status) {
  return ::waitpid(pid, &wait_status, WNOHANG) == pid;
}

pid_t ended_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

void reap_strangers(const std::function<bool(pid_t)>& is_ours) {
  if (::getpid() != 1) return;
  for (;;) {
    const pid_t pid = ended_child();
    if (pid == 0 || is_ours(pid)) return;  // Ours has ended meanwhile: its SIGCHLD is on its way.
    ::waitpid(pid, nullptr, WNOHANG);
  }
}

namespace {

std::optional<std::uint64_t> counter_in(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  std::uint64_t value = 0;
  while (file >> name >> value)
    if (name == "oom_kill") return value;
  return std::nullopt;
}

/// Where the cgroup of a line of /proc/self/cgroup counts: "0::/path" of version 2,
/// "7:memory:/path" of version 1. Empty: nowhere.
std::string counter_path(const std::string& line) {
  if (line.starts_with("0::")) return "/sys/fs/cgroup" + line.substr(3) + "/memory.events";
  constexpr std::string_view memory = ":memory:";
  const auto at = line.find(memory);
  if (at == std::string::npos) return "";
  return "/sys/fs/cgroup/memory" + line.substr(at + memory.size()) + "/memory.oom_control";
}

}  // namespace

std::uint64_t oom_kill_count() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);)
    if (const std::string path = counter_path(line); !path.empty())
      if (const auto count = counter_in(path)) return *count;
  return counter_in("/proc/vmstat").value_or(0);
}

}  // namespace brood
