#include "worker/socket_ends.hpp"

#include "os/socket_address.hpp"

namespace brood {
namespace {

using AskKernel = int (*)(int, sockaddr*, socklen_t*);

Peer ask(AskKernel ask_kernel, int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (ask_kernel(fd, address.get(), &address.size) != 0) return {};
  Endpoint end = to_endpoint(address);
  if (end.kind == Endpoint::Kind::unix_path) return {std::move(end.path), 0};
  return {std::move(end.host), end.port};
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
