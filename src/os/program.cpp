#include "os/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "os/lived_clock.hpp"

namespace brood {
namespace {

/// How long a killed program may take to die; one that is stuck in the kernel for longer is reaped
/// when its worker ends.
constexpr Duration death_max = std::chrono::seconds{5};
constexpr Duration look_again = std::chrono::milliseconds{10};  // Where no pidfd was to be had.
constexpr std::size_t errors_max = 64UL * 1024;                 // What a pipe holds.

/// All that the child needs, prepared: between vfork() and execve() nothing may be allocated.
struct Start {
  const char* path;
  char* const* arguments;
  char* const* environment;
  std::array<int, 3> stdio;
  int directory;
  int report;  ///< Takes the errno of what failed; closed by execve().
  const DescriptorLimit* descriptor_limit;
  pid_t parent_pid;
};

/// Whoever writes to this descriptor gets SIGKILL with its process group when the last reader has
/// gone, and never waits for one.
bool leash(int fd) noexcept {
  return ::fcntl(fd, F_SETOWN, -::getpid()) == 0 && ::fcntl(fd, F_SETSIG, SIGKILL) == 0 &&
         ::fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
}

/// Above stdio first: a server that was started without a stdin has other things in its place.
bool place_stdio(Start& start) noexcept {
  for (int& fd : start.stdio)
    if ((fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) return false;
  for (int target = 0; target < 3; ++target)
    if (::dup2(start.stdio[static_cast<std::size_t>(target)], target) < 0) return false;
  return true;
}

bool set_up(Start& start) noexcept {
  if ((start.report = ::fcntl(start.report, F_DUPFD_CLOEXEC, 3)) < 0) return false;
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
  if (::setpgid(0, 0) != 0 || ::fchdir(start.directory) != 0) return false;
  if (!place_stdio(start) || !leash(STDERR_FILENO)) return false;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != start.parent_pid) ::_exit(0);  // It had died before leash and request held.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::setrlimit(RLIMIT_NOFILE, start.descriptor_limit);
  sigset_t none;
  ::sigemptyset(&none);
  return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

/// Runs in the parent's memory, which stands still meanwhile: system calls only.
[[noreturn]] void become_program(Start start) noexcept {
  if (set_up(start)) ::execve(start.path, start.arguments, start.environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t size = ::write(start.report, &error, sizeof error);
  ::_exit(127);
}

/// vfork(): the child is about to exec, and copying the page tables of a worker would cost more
/// than all the rest.
pid_t launch(const Start& start) noexcept {
  sigset_t every_signal;
  sigset_t mask_before;
  ::sigfillset(&every_signal);
  ::sigprocmask(SIG_SETMASK, &every_signal, &mask_before);  // No handler in borrowed memory.
  const pid_t pid = ::vfork();
  if (pid == 0) become_program(start);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  errno = error;
  return pid;
}

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure_from_errno("pipe");
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

/// The errno that the child has left, 0 if it has become the program.
int reported_error(int report) noexcept {
  int error = 0;
  while (::read(report, &error, sizeof error) < 0 && errno == EINTR) continue;
  return error;
}

}  // namespace

Result<Program> Program::start(const ProgramSpec& spec) {
  auto errors = make_pipe();
  auto report = make_pipe();
  if (!errors) return errors.error();
  if (!report) return report.error();
  std::vector<char*> environment;
  for (const std::string& one : spec.environment)
    environment.push_back(const_cast<char*>(one.c_str()));  // execve() writes to none of them.
  environment.push_back(nullptr);
  const std::array<char*, 2> arguments{const_cast<char*>(spec.path.c_str()), nullptr};
  const pid_t pid = launch({.path = spec.path.c_str(),
                            .arguments = arguments.data(),
                            .environment = environment.data(),
                            .stdio = {spec.input, spec.output, errors->write.get()},
                            .directory = spec.directory,
                            .report = report->write.get(),
                            .descriptor_limit = &spec.descriptor_limit,
                            .parent_pid = ::getpid()});
  if (pid < 0) return failure_from_errno("vfork");
  report->write.reset();
  Program program(pid, std::move(errors->read));
  const int error = reported_error(report->read.get());
  if (error == 0) return program;
  return Failure{.code = {error, boost::system::system_category()}, .operation = "exec"};
}

Program::Program(pid_t pid, UniqueFd errors) noexcept
    : pid_(pid),
      pid_fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      errors_(std::move(errors)) {}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pid_fd_(std::move(other.pid_fd_)),
      errors_(std::move(other.errors_)) {}

std::optional<int> Program::ended() const noexcept {
  siginfo_t info{};
  // WNOWAIT: as a zombie it holds its pid, and so its group's, until the group is killed.
  if (pid_ == 0 ||
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0)
    return std::nullopt;
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : info.si_status;
}

std::optional<int> Program::await_end(TimePoint deadline) noexcept {
  for (;;) {
    const auto wait_status = ended();
    const TimePoint now = lived_now();
    const Duration left = std::min(deadline - now, pid_fd_ ? Duration::max() : look_again);
    if (wait_status || pid_ == 0 || left.count() <= 0) return wait_status;
    pollfd end{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
    const timespec wait{.tv_sec = left.count() / 1'000'000'000,
                        .tv_nsec = left.count() % 1'000'000'000};
    if (::ppoll(&end, 1, &wait, nullptr) == 0) lived_after(now + left);
  }
}

bool Program::is_ending() const noexcept {
  constexpr unsigned long exiting = 4;  // PF_EXITING of the kernel's include/linux/sched.h.
  std::array<char, 512> text{};
  const std::string path = "/proc/" + std::to_string(pid_) + "/stat";
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size() - 1) : -1;
  if (size <= 0) return true;
  // proc_pid_stat(5): a name in parentheses, which may have some in it, and the sixth is flags.
  const char* const name_end = std::strrchr(text.data(), ')');
  char state = 'X';
  unsigned long flags = exiting;
  if (name_end == nullptr ||
      std::sscanf(name_end, ") %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
    return true;
  return state == 'Z' || (flags & exiting) != 0;
}

bool Program::is_silent() const noexcept {
  pollfd errors{.fd = errors_.get(), .events = 0, .revents = 0};
  return ::poll(&errors, 1, 0) > 0 && (errors.revents & POLLHUP) != 0;
}

void Program::ask_to_end() const noexcept {
  if (pid_ != 0) ::kill(-pid_, SIGTERM);
}

void Program::kill() const noexcept {
  if (pid_ != 0) ::kill(-pid_, SIGKILL);
}

void Program::reap() noexcept {
  if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = 0;
}

void Program::end() noexcept {
  kill();
  await_end(lived_now() + death_max);
  reap();
  pid_ = 0;
}

std::string Program::take_errors() {
  std::string text(errors_max, '\0');
  ::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
  const ssize_t size = ::read(errors_.get(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) return "exited " + std::to_string(WEXITSTATUS(wait_status));
  const char* const name = ::sigabbrev_np(WTERMSIG(wait_status));
  return "killed by " + (name != nullptr ? std::string("SIG") + name
                                         : "signal " + std::to_string(WTERMSIG(wait_status)));
}

}  // namespace brood
