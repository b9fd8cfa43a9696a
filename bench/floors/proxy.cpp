// The floor of a balancer: bytes carried over between each client and a connection of its own to
// one of the servers, in turns. One epoll, no parsing, no choice, no reuse, no time-outs.

#include <fcntl.h>
#include <sys/epoll.h>

#include <unordered_map>
#include <vector>

#include "floor.hpp"

namespace {

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

class Proxy {
 public:
  Proxy(int listener, std::vector<std::uint16_t> servers)
      : listener_(listener), servers_(std::move(servers)) {
    watch(listener);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int at = 0; at < count; ++at) {
        const int fd = events[static_cast<std::size_t>(at)].data.fd;
        if (fd == listener_)
          accept();
        else if (const auto peer = peer_of_.find(fd); peer != peer_of_.end())
          carry(fd, peer->second);
      }
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) return;
    const int server = connect_to(servers_[next_++ % servers_.size()]);
    peer_of_[client] = server;
    peer_of_[server] = client;
    watch(client);
    watch(server);
  }

  void carry(int from, int to) {
    std::array<char, 65536> bytes;
    const ssize_t size = ::read(from, bytes.data(), bytes.size());
    if (size < 0) return;
    if (size > 0 && ::write(to, bytes.data(), static_cast<std::size_t>(size)) == size) return;
    peer_of_.erase(from);
    peer_of_.erase(to);
    ::close(from);
    ::close(to);
  }

  int listener_;
  int epoll_ = ::epoll_create1(0);
  std::vector<std::uint16_t> servers_;
  std::size_t next_ = 0;
  std::unordered_map<int, int> peer_of_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s PORT SERVER-PORT...\n", argv[0]);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::uint16_t> servers;
  for (int at = 2; at < argc; ++at) servers.push_back(floors::number(argv[at]));
  Proxy(floors::open_listener(floors::number(argv[1]), SOCK_STREAM | SOCK_NONBLOCK),
        std::move(servers))
      .run();
}
