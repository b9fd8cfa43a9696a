#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include <brood/unique_fd.hpp>
#include "base/clock.hpp"
#include "base/endpoint.hpp"

namespace brood::test {

/// Connects to an endpoint on this machine. \return an empty descriptor and errno where refused.
inline UniqueFd connect_to(const Endpoint& endpoint) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (endpoint.kind == Endpoint::Kind::unix_path) {
    auto* un = reinterpret_cast<sockaddr_un*>(&storage);
    un->sun_family = AF_UNIX;
    std::copy(endpoint.path.begin(), endpoint.path.end(), un->sun_path);
    size = sizeof *un;
  } else if (endpoint.kind == Endpoint::Kind::ipv4) {
    auto* in = reinterpret_cast<sockaddr_in*>(&storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(endpoint.port);
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof *in;
  } else {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(endpoint.port);
    in6->sin6_addr = in6addr_loopback;
    size = sizeof *in6;
  }
  UniqueFd fd{::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0) return fd;
  return UniqueFd{};
}

/// Asks again until it is so, for a second at most: the kernel does some things a moment later.
template <class Condition>
bool soon(Condition condition) {
  const TimePoint deadline = steady_now() + std::chrono::seconds{1};
  while (!condition()) {
    if (steady_now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

/// Whether the other end of a connection has closed or reset it by then.
inline bool is_ended(const UniqueFd& fd) {
  return soon([&fd] {
    char byte = 0;
    const ssize_t size = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno == ECONNRESET);
  });
}

}  // namespace brood::test
