#include "worker/socket_ends.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace brood {
namespace {

std::string host_text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

/// The path lies behind the family, maybe without a final zero; an unnamed socket has none.
std::string unix_path(const sockaddr_un& address, socklen_t size) {
  constexpr std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (size <= begin) return {};
  return {address.sun_path, ::strnlen(address.sun_path, size - begin)};
}

Peer to_peer(const sockaddr_storage& storage, socklen_t size) {
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    return {host_text(AF_INET, &in.sin_addr), ntohs(in.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return {host_text(AF_INET6, &in6.sin6_addr), ntohs(in6.sin6_port)};
  }
  return {unix_path(reinterpret_cast<const sockaddr_un&>(storage), size), 0};
}

using AskKernel = int (*)(int, sockaddr*, socklen_t*);

Peer ask(AskKernel ask_kernel, int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (ask_kernel(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return to_peer(storage, size);
}

}  // namespace

bool SocketEnds::is_client_among(const AddressSet& addresses) const noexcept {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (addresses.is_empty() || ::getpeername(fd_, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return false;
  if (storage.ss_family == AF_UNIX) return addresses.contains_unix();
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&storage);
  if (storage.ss_family == AF_INET)
    return addresses.contains({bytes + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)});
  return addresses.contains({bytes + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr)});
}

Peer SocketEnds::client() const {
  if (introduced_) return *introduced_;
  return ask([](int fd, sockaddr* to, socklen_t* size) { return ::getpeername(fd, to, size); },
             fd_);
}

Peer SocketEnds::server() const {
  return ask([](int fd, sockaddr* to, socklen_t* size) { return ::getsockname(fd, to, size); },
             fd_);
}

}  // namespace brood
