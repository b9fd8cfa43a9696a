#include "os/socket_queue.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace brood {

std::uint64_t unsent_bytes(int fd) noexcept {
  int size = 0;
  if (::ioctl(fd, SIOCOUTQ, &size) != 0 || size < 0) return 0;
  return static_cast<std::uint64_t>(size);
}

std::optional<Duration> since_received(int fd) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return std::chrono::milliseconds{info.tcpi_last_data_recv};
}

}  // namespace brood
