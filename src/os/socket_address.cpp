#include "os/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace brood {
namespace {

std::string host_text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

}  // namespace

SocketAddress to_address(const Endpoint& endpoint) noexcept {
  SocketAddress address;
  if (endpoint.kind == Endpoint::Kind::ipv4) {
    auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.host.c_str(), &in->sin_addr);
    address.size = sizeof *in;
  } else if (endpoint.kind == Endpoint::Kind::ipv6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(endpoint.port);
    ::inet_pton(AF_INET6, endpoint.host.c_str(), &in6->sin6_addr);
    address.size = sizeof *in6;
  } else {
    auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, endpoint.path.data(), endpoint.path.size());
    address.size =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.path.size() + 1);
  }
  return address;
}

Endpoint to_endpoint(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return {Endpoint::Kind::ipv4, host_text(AF_INET, &in->sin_addr), ntohs(in->sin_port), {}};
  }
  if (address.storage.ss_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    return {Endpoint::Kind::ipv6, host_text(AF_INET6, &in6->sin6_addr), ntohs(in6->sin6_port), {}};
  }
  constexpr std::size_t begin = offsetof(sockaddr_un, sun_path);
  const auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
  // The path may be without a final zero.
  const std::size_t size =
      address.size <= begin ? 0 : ::strnlen(un->sun_path, address.size - begin);
  return {Endpoint::Kind::unix_path, {}, 0, std::string(un->sun_path, size)};
}

SocketAddress own_address(int fd) noexcept {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(fd, address.get(), &address.size) != 0) address.size = 0;
  return address;
}

bool is_among(const SocketAddress& peer, const AddressSet& addresses) noexcept {
  if (peer.storage.ss_family == AF_UNIX) return addresses.contains_unix();
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&peer.storage);
  if (peer.storage.ss_family == AF_INET)
    return addresses.contains({bytes + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)});
  return addresses.contains({bytes + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr)});
}

Result<UniqueFd> begin_connect(const SocketAddress& address) noexcept {
  const int family = address.storage.ss_family;
  UniqueFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return failure_from_errno("socket");
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address.get(), address.size) == 0 || errno == EINPROGRESS) return fd;
  return failure_from_errno("connect");
}

void reset_on_close(int fd) noexcept {
  constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int connect_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace brood
