#pragma once

#include <memory>

#include "balance/forwarding/server_connection.hpp"

namespace brood {

/// The connection to a server that is one client's own, because the server knows the client by it
/// (http/connection_auth.hpp). It is here while nothing is in hand, for as long as the client is
/// there and the server does not close it. What comes on it unasked closes it.
class PinnedConnection final : private ServerUser {
 public:
  explicit PinnedConnection(std::unique_ptr<ServerConnection> connection);
  ~PinnedConnection();

  /// `no_server` if it is closed.
  ServerId server() const noexcept { return connection_ ? connection_->server() : no_server; }
  /// \return null if it is closed.
  std::unique_ptr<ServerConnection> take(ServerUser& user) noexcept;

 private:
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection&) override {}

  Loop& loop_;
  std::unique_ptr<ServerConnection> connection_;
};

}  // namespace brood
