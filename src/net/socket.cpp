#include "net/socket.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "os/socket_address.hpp"

namespace brood {
namespace {

iovec to_iovec(std::string_view bytes) noexcept {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

ssize_t send_both(int fd, std::string_view first, std::string_view second, int flags) noexcept {
  std::array<iovec, 2> parts{to_iovec(first), to_iovec(second)};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(fd, &message, flags);
}

}  // namespace

/// Less than there was room for: that was all, but for an end that has announced itself.
ssize_t Socket::received(ssize_t size, std::size_t room) noexcept {
  if (size > 0)
    may_receive_ = has_ended_ || static_cast<std::size_t>(size) == room ||
                   (transport_ && transport_->holds_input());
  else
    may_receive_ = size < 0 && errno == EINTR;
  if (size == 0) has_ended_ = true;
  return size;
}

ssize_t Socket::receive(std::span<char> space) noexcept {
  const ssize_t size = transport_ ? transport_->receive(fd(), space)
                                  : ::recv(fd(), space.data(), space.size(), MSG_DONTWAIT);
  return received(size, space.size());
}

ssize_t Socket::await_and_receive(std::span<char> space) noexcept {
  return received(::recv(fd(), space.data(), space.size(), 0), space.size());
}

/// What has come before a failure, or why it failed, is still to be read.
ssize_t Socket::sent(ssize_t size) noexcept {
  if (size >= 0 || errno == EINTR) return size;
  if (errno == EAGAIN)
    may_send_ = false;
  else
    may_receive_ = true;
  return size;
}

ssize_t Socket::send(std::string_view first, std::string_view second, int flags) noexcept {
  if (transport_) return sent(transport_->send(fd(), first, second, flags));
  flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
  return sent(second.empty() ? ::send(fd(), first.data(), first.size(), flags)
                             : send_both(fd(), first, second, flags));
}

ssize_t Socket::send_file(int file, off_t offset, std::size_t size) noexcept {
  return sent(transport_ ? transport_->send_file(fd(), file, offset, size)
                         : ::sendfile(fd(), file, &offset, size));
}

void Socket::end_output() noexcept {
  ::shutdown(fd(), SHUT_WR);
}

void Socket::reset_on_close() noexcept {
  brood::reset_on_close(fd());
}

}  // namespace brood
