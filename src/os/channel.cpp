#include "os/channel.hpp"

#include <sys/socket.h>

namespace brood {

Result<Channel> open_channel() noexcept {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
    return failure_from_errno("socketpair");
  return Channel{UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

Transfer send_whole(int fd, std::span<const std::uint8_t> bytes) noexcept {
  for (;;) {
    // A frame is far smaller than the least socket buffer, and the kernel takes it whole or not.
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return Transfer::done;
    if (sent >= 0) return Transfer::failed;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Transfer::would_block;
    return errno == EPIPE || errno == ECONNRESET ? Transfer::closed : Transfer::failed;
  }
}

Transfer receive_some(int fd, std::span<std::uint8_t>& bytes) noexcept {
  for (;;) {
    const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
      bytes = bytes.first(static_cast<std::size_t>(size));
      return Transfer::done;
    }
    if (size == 0) return Transfer::closed;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Transfer::would_block;
    return errno == ECONNRESET ? Transfer::closed : Transfer::failed;
  }
}

}  // namespace brood
