#pragma once
// A worker's life in the test's own process: it runs until it leaves by itself, and whoever tells
// it to is its handler. Clients have said what they have to say before it begins.

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "os/socket_address.hpp"
#include "unit/serve/worker/worker_rig.hpp"

namespace brood {

/// A worker handles SIGTERM in its own way; the test program is to be as it was.
class SignalsRestored {
 public:
  SignalsRestored() {
    ::sigprocmask(SIG_BLOCK, nullptr, &mask_);
    ::sigaction(SIGTERM, nullptr, &action_);
  }
  ~SignalsRestored() {
    ::sigaction(SIGTERM, &action_, nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalsRestored(const SignalsRestored&) = delete;
  SignalsRestored& operator=(const SignalsRestored&) = delete;

 private:
  sigset_t mask_{};
  struct sigaction action_ {};
};

struct ListeningRig : ScriptedPlace {
  ListeningRig() {
    sockaddr_un any{};
    any.sun_family = AF_UNIX;
    // Without a name: the kernel chooses an abstract one.
    BOOST_REQUIRE(
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(sa_family_t)) == 0);
    BOOST_REQUIRE(::listen(listener.get(), 64) == 0);
    place.listener_fds = {listener.get()};
    place.queue_fds = {listener.get()};
    order(FrameKind::idle);  // Its acknowledgement.
  }

  /// A client that has connected and sent this; blocking.
  UniqueFd connect(std::string_view bytes) const {
    const SocketAddress address = own_address(listener.get());
    UniqueFd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    BOOST_REQUIRE(::connect(client.get(), address.get(), address.size) == 0);
    BOOST_REQUIRE(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
    return client;
  }

  SignalsRestored signals;
  WorkerSettings settings;
  ScriptedHandler handler;
  UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

/// All that a server has sent by now.
inline std::string heard_by(const UniqueFd& client) {
  std::string heard;
  std::string space(64UL * 1024, '\0');
  for (;;) {
    const ssize_t size = ::recv(client.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (size <= 0) return heard;
    heard.append(space, 0, static_cast<std::size_t>(size));
  }
}

/// Whether the server has closed it.
inline bool is_closed(const UniqueFd& client) {
  heard_by(client);
  char byte = 0;
  return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

inline const std::string last_request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

}  // namespace brood
