#pragma once

#include <list>
#include <memory>
#include <string_view>

#include "net/watched_socket.hpp"

namespace brood {

/// A client's connection, whichever mode carries it. Its Forwarder owns it until end().
class ClientConnection : public WatchedSocket {
 public:
  using WatchedSocket::WatchedSocket;

  /// It is owned now and may begin, and end at once.
  virtual void start() = 0;
  /// The balancer stops: it ends as soon as nothing is in hand; at once if nothing is.
  virtual void drain() = 0;
  /// The balancer has stopped, the loop runs no more: says in the access log what was in hand.
  /// \param how Static words.
  virtual void cut(std::string_view how) = 0;

 private:
  friend class Forwarder;
  std::list<std::unique_ptr<ClientConnection>>::iterator place_;
};

}  // namespace brood
