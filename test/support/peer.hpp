#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <brood/unique_fd.hpp>
#include "support/client.hpp"
#include "support/proc.hpp"
#include "unit/os/temporary_folder.hpp"

namespace brood::test {

/// Where a program of somebody else's is installed; empty, with a message, where it is not: whoever
/// asks leaves its test out.
inline std::string find_program(const std::string& name) {
  for (const std::string folder :
       {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/lib/postgresql/15/bin/",
        "/usr/lib/nagios/plugins/", "/bin/", "/sbin/"})
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  BOOST_TEST_MESSAGE("skipped: " << name << " is not installed");
  return {};
}

/// A port of the loopback network at which nobody listens now.
inline std::uint16_t free_port() {
  const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// A server of somebody else's, in a folder and a process group of its own; nothing of it is left
/// when it goes out of scope.
class Peer {
 public:
  /// Where it is to live; start() makes it run.
  Peer() : port_(free_port()) { std::filesystem::permissions(path("."), all_may); }
  ~Peer() { stop(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string port_text() const { return std::to_string(port_); }
  std::string address() const { return "127.0.0.1:" + port_text(); }
  pid_t pid() const noexcept { return pid_; }
  std::string path(const char* name) const { return folder_ / name; }
  void write(const char* name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    std::filesystem::permissions(path(name), all_may);
  }
  /// What it has written to its standard streams.
  std::string said() const {
    std::ifstream file(path("said"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// \return whether it listens at port(), in time.
  bool start(std::vector<std::string> args, bool as_nobody = false) {
    run(std::move(args), as_nobody);
    return eventually([&] { return Client::tcp(port_).is_connected(); });
  }

  /// Runs something to its end, in the same folder. \return its exit status.
  int finish(std::vector<std::string> args, bool as_nobody = false) {
    run(std::move(args), as_nobody);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void stop() noexcept {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  static constexpr auto all_may = std::filesystem::perms::all;

  void run(std::vector<std::string> args, bool as_nobody) {
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    const std::string out = path("said");
    const std::string home = path(".");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) {
      if (pid_ < 0) throw std::runtime_error("fork");
      ::setpgid(pid_, pid_);
      return;
    }
    ::setpgid(0, 0);
    const int fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    for (const int stream : {1, 2}) ::dup2(fd, stream);
    const int from = ::open("/dev/null", O_RDONLY);
    ::dup2(from, 0);
    ::close_range(3, ~0U, 0);
    constexpr uid_t nobody = 65534;
    if (as_nobody && ::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
      ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::chdir(home.c_str()) != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }

  TemporaryFolder folder_;
  std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace brood::test
