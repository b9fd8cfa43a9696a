#include "lab/compare/server_under_test.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "os/cpu_affinity.hpp"
#include "os/process.hpp"
#include "os/socket_address.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

/// Between two attempts to connect.
constexpr int attempt_interval_ms = 1;

/// A fork has made a worker of this process: signals ignored, SIGTERM blocked. A server has its own
/// mind about them.
void become_server() {
  for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2})
    ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int run_server(const ServerStart& start) {
  become_server();
  const int log =
      ::open(start.log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    if (log < 0 || ::dup2(log, stream) < 0) return 71;  // EX_OSERR
  if (!start.cpus.empty() && !run_on_cpus(start.cpus)) return 71;
  return start.body();
}

bool can_connect(const SocketAddress& address) {
  const auto fd = begin_connect(address);
  if (!fd) return false;
  pollfd waiting{.fd = fd->get(), .events = POLLOUT, .revents = 0};
  return ::poll(&waiting, 1, 1000) == 1 && connect_error(fd->get()) == 0;
}

}  // namespace

Result<ServerUnderTest> ServerUnderTest::start(const ServerStart& start) {
  KernelProcesses processes;
  ::malloc_trim(0);  // What earlier loads have freed is no part of this server's memory.
  const auto pid = processes.fork({.kept_fds = {}, .body = [&start] { return run_server(start); }});
  if (!pid) return pid.error();
  const long pid_fd = ::syscall(SYS_pidfd_open, *pid, 0U);
  return ServerUnderTest(*pid, UniqueFd{static_cast<int>(pid_fd)});
}

ServerUnderTest::ServerUnderTest(pid_t pid, UniqueFd pid_fd) noexcept
    : pid_(pid), pid_fd_(std::move(pid_fd)), started_at_(steady_now()) {}

ServerUnderTest::ServerUnderTest(ServerUnderTest&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pid_fd_(std::move(other.pid_fd_)),
      started_at_(other.started_at_) {}

ServerUnderTest::~ServerUnderTest() {
  if (pid_ > 0) stop();
}

bool ServerUnderTest::await_end(Duration patience) const noexcept {
  pollfd ended{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  return ::poll(&ended, 1, static_cast<int>(ms)) == 1;
}

bool ServerUnderTest::await_ready(const Endpoint& endpoint, TimePoint deadline) {
  const SocketAddress address = to_address(endpoint);
  while (!can_connect(address)) {
    if (await_end(std::chrono::milliseconds{attempt_interval_ms})) return false;
    if (steady_now() > deadline) return false;
  }
  return true;
}

ServerEnd ServerUnderTest::stop() {
  ServerEnd end;
  ::kill(pid_, SIGQUIT);
  end.in_peace = await_end(5s);
  if (!end.in_peace) ::kill(pid_, SIGKILL);
  rusage used{};
  while (::wait4(pid_, &end.wait_status, 0, &used) < 0 && errno == EINTR) {
  }
  end.switches = static_cast<std::uint64_t>(used.ru_nvcsw + used.ru_nivcsw);
  pid_ = 0;
  return end;
}

std::function<int()> program_body(std::vector<std::string> words) {
  return [words = std::move(words)]() mutable {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    return 127;  // As a shell says it.
  };
}

bool is_installed(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string file = folders.substr(begin, end - begin) + '/' + program;
    if (::access(file.c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace brood
