#pragma once

#include <memory>

#include <brood/unique_fd.hpp>
#include "balance/routing/server.hpp"
#include "base/result.hpp"
#include "net/watched_socket.hpp"
#include "os/socket_address.hpp"

namespace brood {

class ServerConnection;

/// Who is told of what happens on a server's connection.
class ServerUser {
 public:
  /// Something to receive, room to send, or the end: see ServerConnection.
  virtual void on_server(ServerConnection& connection) = 0;
  virtual void on_server_deadline(ServerConnection& connection) = 0;

 protected:
  ~ServerUser() = default;
};

/// A connection to a server, of whoever uses it now.
class ServerConnection final : public WatchedSocket {
 public:
  /// Begins to connect. Nothing is told before watch(): a connection that is made at once, as on
  /// the same machine, needs no event for it.
  static Result<std::unique_ptr<ServerConnection>> begin(Loop& loop, ServerId server,
                                                         const SocketAddress& address,
                                                         ServerUser& user);

  ServerConnection(Loop& loop, ServerId server, UniqueFd fd, ServerUser& user)
      : WatchedSocket(loop, Socket(std::move(fd))), server_(server), user_(&user) {}

  ServerId server() const noexcept { return server_; }
  void set_user(ServerUser& user) noexcept { user_ = &user; }

  /// It has carried an exchange before the present one.
  bool was_kept() const noexcept { return was_kept_; }
  /// One exchange is complete.
  void keep() noexcept { was_kept_ = true; }
  /// Between two exchanges: whether its server has closed it, or said something unasked. Looks, if
  /// there may be something to see.
  bool is_spent() noexcept;
  /// Nothing on it is of use any more: closing it leaves no trace here, where it could be all ports
  /// there are to one server. A reset does no harm when the answer is whole.
  void forget() noexcept;

  void on_deadline() override { user_->on_server_deadline(*this); }

 private:
  void on_socket(std::uint32_t) override { user_->on_server(*this); }

  ServerId server_;
  ServerUser* user_;
  bool was_kept_ = false;
};

}  // namespace brood
