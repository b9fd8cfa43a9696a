#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/endpoint.hpp"

namespace brood {

/// Connections that wait to be accepted at a listening socket, whoever owns it. 0 if the kernel
/// does not tell.
std::uint32_t accept_queue_length(int listener_fd) noexcept;

/// A listening socket and where it is. Non-blocking: of several workers that a connection has
/// woken, only one gets it. Removes its socket file, if it made one, when closed by its owner.
class Listener {
 public:
  Listener(UniqueFd fd, Endpoint endpoint) noexcept
      : fd_(std::move(fd)), endpoint_(std::move(endpoint)) {}
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;

  int fd() const noexcept { return fd_.get(); }
  /// With the port that the kernel chose where 0 was asked for.
  const Endpoint& endpoint() const noexcept { return endpoint_; }

  std::uint32_t waiting() const noexcept { return accept_queue_length(fd_.get()); }

  /// From now on nobody new can connect; who has is accepted still. A client's SYN goes unheard
  /// and is sent again after a second, when the port will be closed: between the last accept() and
  /// the closing, nobody is lost. Removes the socket file.
  void refuse_new() noexcept;

  /// From now on nobody can connect, through whichever process; what waits is refused (at a unix
  /// socket: when the last worker has closed its copy). Removes the socket file.
  void stop() noexcept;

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
};

/// Why nothing could be bound: one line that names the endpoint, the trouble and the remedy.
using ListenError = std::string;

/// Binds and listens. A socket file that nobody answers at is stale and removed; a live one is
/// refused. TCP listeners hand TCP_NODELAY on to what they accept.
std::variant<Listener, ListenError> listen_at(const Endpoint& endpoint, int backlog);

}  // namespace brood
