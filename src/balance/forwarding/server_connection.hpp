#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string_view>

#include <brood/unique_fd.hpp>
#include "balance/routing/server.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
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

/// A connection to a server: its descriptor, and what is known of it between two events, so that no
/// call is made which can only say that there is nothing.
class ServerConnection final : public Watcher {
 public:
  /// Begins to connect. Nothing is told before watch().
  static Result<std::unique_ptr<ServerConnection>> begin(Loop& loop, ServerId server,
                                                         const SocketAddress& address,
                                                         ServerUser& user);

  ServerConnection(Loop& loop, ServerId server, UniqueFd fd, ServerUser& user)
      : Watcher(loop), fd_(std::move(fd)), server_(server), user_(&user) {}

  using Watcher::loop;
  ServerId server() const noexcept { return server_; }
  int fd() const noexcept { return fd_.get(); }

  void set_user(ServerUser& user) noexcept { user_ = &user; }
  void set_deadline(TimePoint deadline) { loop().set_deadline(*this, deadline); }

  /// As send(2), and remembers whether there is room for more; EAGAIN also while it connects. The
  /// first call that gets through tells that it is connected.
  ssize_t send(std::string_view bytes) noexcept;
  /// As recv(2), and remembers whether there may be more.
  ssize_t receive(std::span<char> space) noexcept;

  /// Whether receive() may have something to say.
  bool may_receive() const noexcept { return may_receive_; }
  bool may_send() const noexcept { return may_send_; }
  /// It has taken a byte.
  bool is_connected() const noexcept { return is_connected_; }
  /// It has carried an exchange before the present one.
  bool was_kept() const noexcept { return was_kept_; }
  /// The server has announced that it will send no more.
  bool has_ended() const noexcept { return has_ended_; }
  /// One exchange is complete.
  void keep() noexcept { was_kept_ = true; }
  /// Between two exchanges: whether its server has closed it, or said something unasked. Looks, if
  /// there may be something to see.
  bool is_spent() noexcept;
  /// Nothing on it is of use any more: closing it leaves no trace here. Who closes first keeps the
  /// pair of ports in TIME_WAIT for a minute (RFC 9293, section 3.6), and here that could be all
  /// ports there are to one server. A reset does no harm when the answer is whole.
  void forget() noexcept;

  /// From now on the user is told. To be called when as much as possible has been sent: a
  /// connection that is made at once, as on the same machine, needs no event for it.
  bool watch() noexcept;
  /// It is told when there is room to send.
  void await_room() noexcept;

  void on_event(std::uint32_t events) override;
  void on_deadline() override { user_->on_server_deadline(*this); }

 private:
  std::uint32_t wanted_events() const noexcept;

  UniqueFd fd_;
  ServerId server_;
  ServerUser* user_;
  bool is_watched_ = false;
  bool watches_output_ = false;
  bool is_connected_ = false;
  bool was_kept_ = false;
  bool may_receive_ = false;
  bool may_send_ = true;
  bool has_ended_ = false;
};

}  // namespace brood
