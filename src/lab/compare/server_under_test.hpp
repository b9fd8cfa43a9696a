#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace brood {

/// How a server is started.
struct ServerStart {
  std::function<int()> body;  ///< Runs in the new process; its result is the exit status.
  std::string log_path;       ///< Where its stdout and stderr go, emptied before.
  std::vector<int> cpus;      ///< On which it runs; empty: on all of this process'.
};

/// How it has ended.
struct ServerEnd {
  int wait_status = 0;
  bool in_peace = false;       ///< By itself when it was asked to, so that `switches` is whole.
  std::uint64_t switches = 0;  ///< Context switches of it and of all that it has waited for.
};

/// A server in a process of its own, a child of this one that dies with it.
class ServerUnderTest {
 public:
  /// \pre one thread. \return why it could not be forked.
  static Result<ServerUnderTest> start(const ServerStart& start);

  ServerUnderTest(ServerUnderTest&& other) noexcept;
  ServerUnderTest& operator=(ServerUnderTest&&) = delete;
  ~ServerUnderTest();

  pid_t pid() const noexcept { return pid_; }
  TimePoint started_at() const noexcept { return started_at_; }

  /// Waits until somebody can connect. \return false: it has ended, or it is too late.
  bool await_ready(const Endpoint& endpoint, TimePoint deadline);

  /// Stops it at once (SIGQUIT), by force if that takes more than a few seconds.
  ServerEnd stop();

 private:
  ServerUnderTest(pid_t pid, UniqueFd pid_fd) noexcept;
  bool await_end(Duration patience) const noexcept;

  pid_t pid_;  ///< 0: reaped.
  UniqueFd pid_fd_;
  TimePoint started_at_;
};

/// A body that becomes another program. \param words its command; found as a shell finds it.
std::function<int()> program_body(std::vector<std::string> words);

/// Whether such a program is there.
bool is_installed(const std::string& program);

}  // namespace brood
