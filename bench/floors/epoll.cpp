// The floor of an event-driven worker: one epoll for the listener and all connections.

#include <sys/epoll.h>

#include "floor.hpp"

namespace {

void watch(int epoll, int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

[[noreturn]] void serve(int listener) {
  const int epoll = ::epoll_create1(0);
  watch(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int at = 0; at < count; ++at) {
      const int fd = events[static_cast<std::size_t>(at)].data.fd;
      if (fd != listener) {
        if (!floors::answer(fd)) ::close(fd);
      } else if (const int client = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK); client >= 0) {
        watch(epoll, client, EPOLLIN);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  return floors::run(argc, argv, SOCK_STREAM | SOCK_NONBLOCK, serve);
}
