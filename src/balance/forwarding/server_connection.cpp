#include "balance/forwarding/server_connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace brood {
Result<std::unique_ptr<ServerConnection>> ServerConnection::begin(Loop& loop, ServerId server,
                                                                  const SocketAddress& address,
                                                                  ServerUser& user) {
  auto fd = begin_connect(address);
  if (!fd) return fd.error();
  return std::make_unique<ServerConnection>(loop, server, std::move(*fd), user);
}

ssize_t ServerConnection::send(std::string_view bytes) noexcept {
  const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size >= 0) {
    is_connected_ = true;
  } else if (errno == EAGAIN) {
    await_room();
    errno = EAGAIN;
  } else {
    may_receive_ = true;  // An answer may have come before, or it is the error again.
  }
  return size;
}

ssize_t ServerConnection::receive(std::span<char> space) noexcept {
  const ssize_t size = ::recv(fd_.get(), space.data(), space.size(), 0);
  // Less than there was room for: that was all, but for an end that has announced itself.
  may_receive_ =
      has_ended_ || size == static_cast<ssize_t>(space.size()) || (size < 0 && errno == EINTR);
  if (size == 0) has_ended_ = true;
  return size;
}

bool ServerConnection::is_spent() noexcept {
  // Not for mere room to send; and what was received last may have filled its space to the byte.
  if (!may_receive_ && !has_ended_) return false;
  std::array<char, 1> byte;
  const bool is_silent = receive(byte) < 0 && (errno == EAGAIN || errno == EINTR);
  return !is_silent || has_ended_;
}

void ServerConnection::forget() noexcept {
  if (!has_ended_) reset_on_close(fd_.get());
}

bool ServerConnection::watch() noexcept {
  if (is_watched_) return true;
  watches_output_ = !may_send_;
  is_watched_ = loop().watch(fd_.get(), wanted_events(), *this);
  return is_watched_;
}

void ServerConnection::await_room() noexcept {
  may_send_ = false;
  if (is_watched_ && !std::exchange(watches_output_, true))
    loop().rewatch(fd_.get(), wanted_events(), *this);
}

std::uint32_t ServerConnection::wanted_events() const noexcept {
  return input_events | (watches_output_ ? EPOLLOUT : 0U);
}

void ServerConnection::on_event(std::uint32_t events) {
  if ((events & end_events) != 0) has_ended_ = true;
  if ((events & (EPOLLIN | end_events)) != 0) may_receive_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) may_send_ = true;
  user_->on_server(*this);
}

}  // namespace brood
