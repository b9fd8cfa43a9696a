#include "balance/forwarding/pinned_connection.hpp"

#include <utility>

namespace brood {

PinnedConnection::PinnedConnection(std::unique_ptr<ServerConnection> connection)
    : loop_(connection->loop()), connection_(std::move(connection)) {
  connection_->keep();
  connection_->set_user(*this);
  connection_->set_deadline(never);
}

PinnedConnection::~PinnedConnection() {
  if (connection_) connection_->forget();
}

std::unique_ptr<ServerConnection> PinnedConnection::take(ServerUser& user) noexcept {
  if (connection_) connection_->set_user(user);
  return std::move(connection_);
}

void PinnedConnection::on_server(ServerConnection& connection) {
  if (!connection.is_spent()) return;
  connection.forget();
  loop_.bury(std::move(connection_));
}

}  // namespace brood
