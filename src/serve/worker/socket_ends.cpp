#include "serve/worker/socket_ends.hpp"

#include "os/socket_address.hpp"

namespace brood {
namespace {

using AskKernel = int (*)(int, sockaddr*, socklen_t*);

/// Without an answer: a socket without a name.
Endpoint ask(AskKernel ask_kernel, int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (ask_kernel(fd, address.get(), &address.size) != 0)
    return {.kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = {}};
  return to_endpoint(address);
}

Endpoint ask_client(int fd) {
  return ask([](int peer, sockaddr* to, socklen_t* size) { return ::getpeername(peer, to, size); },
             fd);
}

}  // namespace

Peer SocketEnds::to_peer(const Endpoint& end) {
  return {end.kind == Endpoint::Kind::unix_path ? end.path : end.host, end.port};
}

bool SocketEnds::is_client_among(const AddressSet& addresses) const noexcept {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  if (addresses.is_empty() || ::getpeername(fd_, peer.get(), &peer.size) != 0) return false;
  return is_among(peer, addresses);
}

Peer SocketEnds::client() const {
  if (forwarded_) return *forwarded_;
  return introduced_ ? *introduced_ : to_peer(ask_client(fd_));
}

Peer SocketEnds::server() const {
  return to_peer(
      ask([](int fd, sockaddr* to, socklen_t* size) { return ::getsockname(fd, to, size); }, fd_));
}

Endpoint SocketEnds::client_end() const {
  if (!introduced_) return ask_client(fd_);
  const bool is_ipv6 = introduced_->host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? '[' + introduced_->host + ']' : introduced_->host;
  const auto end = parse_endpoint(host + ':' + std::to_string(introduced_->port));
  if (end) return *end;
  return {.kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = introduced_->host};
}

}  // namespace brood
