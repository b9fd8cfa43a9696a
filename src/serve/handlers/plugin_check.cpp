#include "serve/handlers/plugin_check.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <brood/unique_fd.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/units.hpp"
#include "os/process.hpp"

namespace brood {
namespace {

/// The verdict's first byte: with an exit status alone, a library that leaves would pass.
constexpr char good = '+';
constexpr char bad = '-';

/// In the child: what it finds, in one write.
int report(const std::string& path, int fd) {
  ::setpgid(0, 0);  // What the library starts is killed with it.
  const auto loaded = load_plugin(path);
  const auto* const problem = std::get_if<PluginProblem>(&loaded);
  const std::string verdict = problem == nullptr ? std::string{good} : bad + problem->text;
  return ::write(fd, verdict.data(), verdict.size()) < 0 ? 1 : 0;
}

/// \return false when the time is over
bool wait_readable(int fd, TimePoint deadline) {
  for (;;) {
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now());
    const int count =
        ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (count >= 0 || errno != EINTR) return count > 0;
  }
}

/// Kills the child and what it has started. \return its wait status
int end(pid_t pid) {
  for (const pid_t target : {-pid, pid}) ::kill(target, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

PluginProblem ending(int wait_status) {
  if (!WIFSIGNALED(wait_status))
    return {"exits with status " + std::to_string(WEXITSTATUS(wait_status)) +
            " while it is loaded"};
  const char* const name = ::sigabbrev_np(WTERMSIG(wait_status));
  return {std::string("crashes while it is loaded (SIG") + (name == nullptr ? "?" : name) + ')'};
}

/// What the child has said, or how it has ended instead.
std::optional<PluginProblem> judge(pid_t pid, int fd, Duration patience) {
  const TimePoint deadline = steady_now() + patience;
  const UniqueFd pid_fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  std::array<char, 4096> bytes;
  ssize_t size = 0;
  bool in_time = wait_readable(fd, deadline);
  if (in_time) size = ::read(fd, bytes.data(), bytes.size());
  const std::string verdict(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (verdict.empty()) in_time = in_time && wait_readable(pid_fd.get(), deadline);
  const int wait_status = end(pid);
  if (!in_time) return PluginProblem{"is not loaded within " + format_duration(patience)};
  if (verdict.empty()) return ending(wait_status);
  if (verdict.front() == good) return std::nullopt;
  return PluginProblem{verdict.substr(1)};
}

}  // namespace

std::optional<PluginProblem> check_plugin(const std::string& path, Duration patience) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return PluginProblem{"cannot be checked: " + failure_from_errno("pipe2").text()};
  const UniqueFd reader{ends[0]};
  UniqueFd writer{ends[1]};
  const std::array<int, 1> kept{writer.get()};
  const auto pid = KernelProcesses{}.fork(
      {.kept_fds = kept, .body = [&] { return report(path, kept.front()); }});
  if (!pid) return PluginProblem{"cannot be checked: " + pid.error().text()};
  writer.reset();
  return judge(*pid, reader.get(), patience);
}

}  // namespace brood
