// brood with one more handler, `fault`, which does to its worker what its target says. It is how
// the tests arrange crashes, hangs and broken protocols instead of waiting for them.
//
//   /signal/N      raises signal N          /exit/N   leaves with status N at once
//   /loop          never returns            /sleep/MS sleeps in the handler
//   /throw         throws                   /garbage  writes to its channel what is no frame
//   /half          writes half a frame to its channel, then never returns
//   /closechannel  closes its channel, then never returns
//   /deafen        shuts down all listeners
//   /refuse        is refused at its head, with 403
//   /upload        answers with its body's size, sum of bytes and place (memory or file)
//   /full          wants its body in /dev/full
//   anything else  answers 200 at once with its pid
//
// and gives bodies of N bytes "x":
//
//   /bytes/N       in memory             /parts/N    a file of zeros between "<" and ">"
//   /pull/N        pulled in pieces      /pull-sized/N  the same, its size known
//   /pull-throw/N  throws after N bytes  /shrunk/N   a file that has one byte less
//   /stream/N      from a pipe           /broken/N   the same, found not to be whole
//   /silent/N      from a pipe that stays open; cut off after 300 ms of silence
//   /open/N        from a pipe that stays open, for ever; whether it still is, tells /is-open
//
// --plugin-arg, which is of a generation as any option is, breaks or delays its starts: "fail"
// throws, "fail-but-slot N" in all slots but N; "sleep MS" sleeps.
//
// A file named by BROOD_FAULT_START breaks the start while it exists, before the worker has
// reported INIT: a number in it is a signal that is raised in on_start(), "exit N" leaves with that
// status, "throw" throws.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "support/bodies.hpp"
#include "wire/frame.hpp"

// A file named by BROOD_FAULT_WATCH: while it exists, epoll(7) watches no further unix socket. Here
// instead of in the C library.
extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  const char* const path = std::getenv("BROOD_FAULT_WATCH");
  int domain = 0;
  socklen_t size = sizeof domain;
  if (path != nullptr && operation == EPOLL_CTL_ADD && ::access(path, F_OK) == 0 &&
      ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

namespace {

/// The worker's channel: its only descriptor that is a unix stream socket and no listener.
int channel_fd() {
  for (int fd = 3; fd < 1024; ++fd) {
    int domain = 0;
    int accepts = 0;
    socklen_t size = sizeof domain;
    if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) continue;
    size = sizeof accepts;
    ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size);
    if (accepts == 0) return fd;
  }
  return -1;
}

void deafen() {
  for (int fd = 3; fd < 1024; ++fd) {
    int accepts = 0;
    socklen_t size = sizeof accepts;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0)
      ::shutdown(fd, SHUT_RD);
  }
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

[[noreturn]] void loop() {
  std::atomic<unsigned> turns{0};
  for (;;) turns.fetch_add(1, std::memory_order_relaxed);
}

class FaultHandler final : public brood::Handler {
 public:
  explicit FaultHandler(std::string start) : start_(std::move(start)) {}

  void on_start(const brood::WorkerInfo& info) override {
    std::istringstream asked(start_);
    std::string verb;
    unsigned number = 0;
    asked >> verb >> number;
    if (verb == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(number));
    if (verb == "fail" || (verb == "fail-but-slot" && info.slot != number))
      throw std::runtime_error("asked to fail in this generation");
    const char* const path = std::getenv("BROOD_FAULT_START");
    std::ifstream file(path == nullptr ? "" : path);
    std::string what;
    int status = 0;
    if (!(file >> what)) return;
    if (what == "throw") throw std::runtime_error("asked to fail at the start");
    if (what == "exit" && file >> status) ::_exit(status);
    std::raise(std::stoi(what));
  }

  brood::Admission admit(const brood::Request& request) override {
    brood::Admission admission;
    if (request.path == "/refuse") admission.status = 403;
    admission.wants_body = request.path == "/upload" || request.path == "/full";
    if (request.path == "/full")
      admission.body_file = brood::UniqueFd{::open("/dev/full", O_RDWR | O_CLOEXEC)};
    return admission;
  }

  brood::Response handle(const brood::Request& request) override {
    const std::string target(request.target);
    if (auto body = bodies_.make(request)) return std::move(*body);
    const auto argument = [&] { return std::stoi(target.substr(target.rfind('/') + 1)); };
    if (target.starts_with("/signal/")) std::raise(argument());
    if (target == "/deafen") deafen();
    if (target.starts_with("/exit/")) ::_exit(argument());
    if (target == "/loop") loop();
    if (target.starts_with("/sleep/"))
      std::this_thread::sleep_for(std::chrono::milliseconds(argument()));
    if (target == "/throw") throw std::runtime_error("asked to throw");
    if (target == "/garbage") write_to_channel(std::vector<std::uint8_t>(64, 0xee));
    if (target == "/half") {
      write_to_channel({brood::frame_magic, brood::frame_version, 2});
      hang();
    }
    if (target == "/closechannel") {
      ::close(channel_fd());
      hang();
    }
    brood::Response response;
    response.body = std::to_string(::getpid()) + "\n";
    return response;
  }

 private:
  std::string start_;
  brood::test::Bodies bodies_;

  static void write_to_channel(const std::vector<std::uint8_t>& bytes) {
    if (::send(channel_fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) std::abort();
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const brood::HandlerEntry fault{
      "fault", [](const brood::ServeOptions& options) -> brood::HandlerFactory {
        return [start = options.plugin_arg] { return std::make_unique<FaultHandler>(start); };
      }};
  std::vector<brood::HandlerEntry> handlers(brood::built_in_handlers().begin(),
                                            brood::built_in_handlers().end());
  handlers.push_back(fault);
  return brood::run_command(args, handlers, std::cout, std::cerr);
}
