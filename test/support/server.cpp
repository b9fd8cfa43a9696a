#include "support/server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace brood::test {
namespace {

constexpr uid_t nobody = 65534;

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Pipe open_pipe() {
  std::array<int, 2> fds{-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::system_category(), "pipe2");
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

/// All that the child needs, made before the fork: after it, nothing may be allocated.
struct Image {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::vector<char*> argv;
  std::vector<char*> envp;
  UniqueFd binary;

  explicit Image(const Launch& launch) : args{launch.through} {
    args.push_back(launch.binary);
    args.insert(args.end(), launch.options.begin(), launch.options.end());
    env = launch.environment;  // Before the test's own: the first of a name is the one that counts.
    for (char** entry = environ; *entry != nullptr; ++entry) env.emplace_back(*entry);
    for (std::string& text : args) argv.push_back(text.data());
    for (std::string& text : env) envp.push_back(text.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    // Opened while we may: another user may not see the folder that it is in.
    binary = UniqueFd{::open(args.front().c_str(), O_PATH | O_CLOEXEC)};
  }
};

[[noreturn]] void become(const Launch& launch, const Image& image, int out_fd, int err_fd,
                         pid_t parent) {
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null_fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null_fd, STDIN_FILENO);
  ::dup2(out_fd < 0 ? null_fd : out_fd, STDOUT_FILENO);
  ::dup2(err_fd, STDERR_FILENO);
  for (const auto& [resource, most] : launch.limits) {
    const rlimit limit{.rlim_cur = most, .rlim_max = most};
    ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
  }
  if (launch.as_nobody && (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 ||
                           ::setuid(nobody) != 0 || ::chdir("/") != 0))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Whoever kills the test kills the server.
  if (::getppid() != parent) ::_exit(126);
  if (launch.as_nobody)
    ::execveat(image.binary.get(), "", image.argv.data(), image.envp.data(), AT_EMPTY_PATH);
  else
    ::execve(image.argv.front(), image.argv.data(), image.envp.data());
  ::_exit(127);
}

pid_t start(const Launch& launch, int out_fd, int err_fd) {
  const Image image(launch);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(launch, image, out_fd, err_fd, parent);
  if (pid < 0) throw std::system_error(errno, std::system_category(), "fork");
  ::setpgid(pid, pid);  // In both, so that it is done whoever goes on first.
  return pid;
}

ExitStatus to_exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? -WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/// Reads what is there; at its end the descriptor is closed.
void read_into(std::string& text, UniqueFd& fd) {
  std::array<char, 4096> bytes;
  const ssize_t size = ::read(fd.get(), bytes.data(), bytes.size());
  if (size <= 0) return fd.reset();
  text.append(bytes.data(), static_cast<std::size_t>(size));
}

Launch as_server(const Launch& launch) {
  Launch full = launch;
  const auto has = [&](const char* name) {
    return std::ranges::find(launch.options, name) != launch.options.end();
  };
  std::vector<std::string> options{launch.command};
  options.insert(options.end(), launch.options.begin(), launch.options.end());
  const bool is_told_by_file = launch.command == "serve" && has("--config");
  if (!has("--listen") && !is_told_by_file)
    options.insert(options.end(), {"--listen", "127.0.0.1:0"});
  if (launch.command == "serve" && !has("--verbose"))
    options.insert(options.end(), {"--verbose", "on"});
  const bool has_folder = std::ranges::any_of(launch.environment, [](const std::string& variable) {
    return variable.starts_with("XDG_RUNTIME_DIR=");
  });
  if (!has("--control") && !has_folder) options.insert(options.end(), {"--control", "off"});
  if (!has("--log-format")) options.insert(options.end(), {"--log-format", "json"});
  full.options = options;
  return full;
}

}  // namespace

Finished run_to_end(const Launch& launch) {
  Pipe out = open_pipe();
  Pipe err = open_pipe();
  const pid_t pid = start(launch, out.writer.get(), err.writer.get());
  out.writer.reset();
  err.writer.reset();
  Finished finished;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while ((out.reader || err.reader) && std::chrono::steady_clock::now() < deadline) {
    std::array<pollfd, 2> watched{pollfd{out.reader.get(), POLLIN, 0},
                                  pollfd{err.reader.get(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), 100) <= 0) continue;
    if (watched[0].revents != 0) read_into(finished.out, out.reader);
    if (watched[1].revents != 0) read_into(finished.err, err.reader);
  }
  const bool ended = !out.reader && !err.reader;
  if (!ended) ::kill(-pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!ended) throw std::runtime_error("it did not end by itself; its stderr:\n" + finished.err);
  finished.status = to_exit_status(status);
  return finished;
}

Server::Server(const Launch& launch) {
  Pipe log = open_pipe();
  pid_ = start(as_server(launch), -1, log.writer.get());
  log.writer.reset();
  log_fd_ = std::move(log.reader);
  reader_ = std::thread([this] { read_log(); });
  try {
    wait_for("listening");
    if (launch.command == "balance") {
      if (launch.awaits_idle) wait_for("serving");
      return;
    }
    // The births of all first workers are logged before the first picture.
    if (launch.awaits_idle)
      wait_for([](const LogLine& line) {
        return is_event(line, "picture") && number_of(line, "starting") == 0 &&
               number_of(line, "idle") > 0;
      });
    else  // Or, where that is not verbose, what sums it up.
      wait_for([](const LogLine& line) {
        return is_event(line, "worker_started") || is_event(line, "pool");
      });
  } catch (...) {
    end();
    throw;
  }
}

Server::~Server() {
  end();
}

void Server::end() noexcept {
  ::kill(-pid_, SIGKILL);
  if (!reaped_) ::waitpid(pid_, nullptr, 0);
  // A worker that is still being taken down holds the listener: a client would get through to it.
  eventually([this] { return living_members(pid_).empty(); });
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_all();
  reader_.join();
}

void Server::read_log() {
  std::string pending;
  std::array<char, 65536> bytes;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !paused_ || leaving_; });
      if (leaving_) break;
    }
    pollfd watched{.fd = log_fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, 20) <= 0) continue;
    const ssize_t size = ::read(log_fd_.get(), bytes.data(), bytes.size());
    if (size <= 0) break;
    pending.append(bytes.data(), static_cast<std::size_t>(size));
    take_lines(pending);
  }
  const std::lock_guard lock(mutex_);
  at_end_ = true;
  changed_.notify_all();
}

void Server::take_lines(std::string& pending) {
  const std::lock_guard lock(mutex_);
  std::size_t begin = 0;
  for (std::size_t end = pending.find('\n'); end != std::string::npos;
       end = pending.find('\n', begin)) {
    raw_.push_back(pending.substr(begin, end - begin));
    if (auto line = parse_log_line(raw_.back())) lines_.push_back(*std::move(line));
    begin = end + 1;
  }
  pending.erase(0, begin);
  changed_.notify_all();
}

std::vector<std::string> Server::listeners() const {
  std::vector<std::string> texts;
  for (const LogLine& line : log("listening")) texts.push_back(text_of(line, "listen"));
  return texts;
}

std::uint16_t Server::port() const {
  for (const std::string& text : listeners())
    if (!text.starts_with("unix:"))
      return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  return 0;
}

void Server::signal(int number) const noexcept {
  if (!reaped_) ::kill(pid_, number);
}

void Server::signal_group(int number) const noexcept {
  ::kill(-pid_, number);
}

std::vector<LogLine> Server::log() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<LogLine> Server::log(std::string_view event, std::size_t from) const {
  const std::lock_guard lock(mutex_);
  std::vector<LogLine> found;
  for (std::size_t at = from; at < lines_.size(); ++at)
    if (is_event(lines_[at], event)) found.push_back(lines_[at]);
  return found;
}

std::vector<std::string> Server::raw_log() const {
  const std::lock_guard lock(mutex_);
  return raw_;
}

std::size_t Server::mark() const {
  const std::lock_guard lock(mutex_);
  return lines_.size();
}

LogLine Server::wait_for(const Matches& matches, std::size_t from,
                         std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  for (;;) {
    for (; from < lines_.size(); ++from)
      if (matches(lines_[from])) return lines_[from];
    if (at_end_ || changed_.wait_until(lock, deadline) == std::cv_status::timeout) break;
  }
  lock.unlock();
  throw std::runtime_error("the log does not show what was waited for; it ends with\n" +
                           log_tail());
}

LogLine Server::wait_for(std::string_view event, std::size_t from) const {
  return wait_for([&](const LogLine& line) { return is_event(line, event); }, from);
}

std::string Server::log_tail() const {
  constexpr std::size_t shown = 30;
  const std::lock_guard lock(mutex_);
  std::string tail;
  for (std::size_t at = raw_.size() > shown ? raw_.size() - shown : 0; at < raw_.size(); ++at)
    tail += raw_[at] + '\n';
  return tail;
}

void Server::stop_reading() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void Server::resume_reading() {
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

bool Server::try_reap() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &wait_status_, WNOHANG) == pid_;
  return reaped_;
}

bool Server::is_running() {
  return !try_reap();
}

ExitStatus Server::wait_exit(std::chrono::milliseconds limit) {
  resume_reading();
  if (!eventually([this] { return try_reap(); }, limit))
    throw std::runtime_error("the server does not end; its log ends with\n" + log_tail());
  std::unique_lock lock(mutex_);
  // Who else still holds the log open is an orphan; the test that looks for them finds them.
  changed_.wait_for(lock, patience, [this] { return at_end_; });
  return to_exit_status(wait_status_);
}

ExitStatus Server::stop() {
  signal(SIGTERM);
  return wait_exit();
}

}  // namespace brood::test
