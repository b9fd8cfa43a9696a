#pragma once

#include <memory>

#include "balance/forwarding/attempt.hpp"
#include "balance/forwarding/server_connection.hpp"

namespace brood {

class HttpClient;
class HttpCommons;

/// A server's end while an attempt is made at it: the connection, and the bytes between that and
/// the attempt.
class ServerEnd {
 public:
  explicit ServerEnd(HttpCommons& commons);

  Attempt& attempt() noexcept { return attempt_; }
  const Attempt& attempt() const noexcept { return attempt_; }
  /// Takes a kept connection to this server, `client`'s own or one that is anybody's, or makes one.
  /// \param may_be_shared It need not be new, if it is not the client's own.
  Result<void> open(ServerId server, HttpClient& client, bool wants_fresh, bool may_be_shared,
                    ServerUser& user);
  bool was_kept() const noexcept { return connection_->was_kept(); }
  /// The connection is, or becomes, this client's own.
  bool is_pinned() const noexcept { return is_pinned_; }
  void pin() noexcept { is_pinned_ = true; }

  /// Carries out Attempt::Action::send and receive.
  Attempt::Event send();
  Attempt::Event receive();
  /// From now on it is told. \return false: the kernel has no room.
  bool watch() noexcept { return connection_->watch(); }
  void set_deadline(TimePoint deadline) { connection_->set_deadline(deadline); }

  /// The answer is whole: the connection is kept if it can be, for the client or for anybody.
  void release(HttpClient& client);
  /// It is of no use any more.
  void drop();
  std::unique_ptr<ServerConnection> take() noexcept { return std::move(connection_); }

 private:
  using Event = Attempt::Event;

  HttpCommons& commons_;
  Attempt attempt_;
  std::unique_ptr<ServerConnection> connection_;
  bool is_pinned_ = false;
};

}  // namespace brood
