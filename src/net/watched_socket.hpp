#pragma once

#include <utility>

#include "net/loop.hpp"
#include "net/socket.hpp"

namespace brood {

/// A socket that a loop waits for, with one deadline: what connections of clients and of servers
/// are made of.
class WatchedSocket : public Watcher {
 public:
  WatchedSocket(Loop& loop, Socket socket) noexcept : Watcher(loop), socket_(std::move(socket)) {}

  using Watcher::loop;
  Socket& socket() noexcept { return socket_; }
  const Socket& socket() const noexcept { return socket_; }

  /// From now on it is told of what happens. To be called when as much as possible has been moved:
  /// what is done at once needs no event. \return false with errno: it cannot be.
  bool watch() noexcept;
  bool is_watched() const noexcept { return is_watched_; }
  /// As Socket::send(), and asks for room where there is none.
  ssize_t send(std::string_view first, std::string_view second = {}, int flags = 0) noexcept;
  ssize_t receive(std::span<char> space) noexcept { return socket_.receive(space); }
  /// It is told when there is room to send; few ever need it.
  void await_room() noexcept;
  /// Others are to have their turn: it is told in the next one, of no event, that it may go on.
  void yield() { loop().again(*this); }
  void set_deadline(TimePoint deadline) { loop().set_deadline(*this, deadline); }

  void on_event(std::uint32_t events) final;

 protected:
  /// What of it has changed, the socket knows already. \param events of epoll; none: see yield().
  virtual void on_socket(std::uint32_t events) = 0;

 private:
  std::uint32_t wanted_events() const noexcept {
    return input_events | (watches_output_ ? EPOLLOUT : 0U);
  }

  Socket socket_;
  bool is_watched_ = false;
  bool watches_output_ = false;
};

}  // namespace brood
