#include "balance/forwarding/server_connection.hpp"

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

bool ServerConnection::is_spent() noexcept {
  // Not for mere room to send; and what was received last may have filled its space to the byte.
  if (!socket().may_receive() && !socket().has_ended()) return false;
  std::array<char, 1> byte;
  const bool is_silent = receive(byte) < 0 && (errno == EAGAIN || errno == EINTR);
  return !is_silent || socket().has_ended();
}

void ServerConnection::forget() noexcept {
  if (!socket().has_ended()) socket().reset_on_close();
}

}  // namespace brood
