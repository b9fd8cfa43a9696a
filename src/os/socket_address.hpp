#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include <brood/unique_fd.hpp>
#include "base/address_set.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace brood {

/// Where a socket is, as the kernel writes it: of any of the three families.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_address(const Endpoint& endpoint) noexcept;

/// \param address of a connected or bound socket. An unnamed unix socket has an empty path.
Endpoint to_endpoint(const SocketAddress& address);

/// The address that a socket is bound to; of size 0 if the kernel does not tell.
SocketAddress own_address(int fd) noexcept;

/// Whether a peer is one of these.
bool is_among(const SocketAddress& peer, const AddressSet& addresses) noexcept;

/// Begins to connect a socket that never waits, with TCP_NODELAY where there is such a thing.
/// \return the socket, connected or (EPOLLOUT tells) about to be; or why there is none. EAGAIN: the
///   queue of a unix socket is full (unix(7)); nothing tells when there is room, so ask again.
Result<UniqueFd> begin_connect(const SocketAddress& address) noexcept;

/// Closing it tells the peer of a reset, and leaves nothing behind (SO_LINGER of 0, socket(7)).
void reset_on_close(int fd) noexcept;

/// After EPOLLOUT, EPOLLERR or EPOLLHUP on such a socket. \return 0: connected, or errno.
int connect_error(int fd) noexcept;

}  // namespace brood
