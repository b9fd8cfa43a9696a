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
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  if (addresses.is_empty() || ::getpeername(fd_, peer.get(), &peer.size) != 0) return false;
  return is_among(peer, addresses);
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
