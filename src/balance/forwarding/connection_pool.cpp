#include "balance/forwarding/connection_pool.hpp"

#include <algorithm>
#include <utility>

namespace brood {

std::unique_ptr<ServerConnection> ConnectionPool::take(ServerId server, ServerUser& user) {
  if (server >= kept_.size() || kept_[server].empty()) return nullptr;
  std::unique_ptr<ServerConnection> connection = std::move(kept_[server].back());
  kept_[server].pop_back();
  connection->set_user(user);
  return connection;
}

void ConnectionPool::put(std::unique_ptr<ServerConnection> connection) {
  const ServerId server = connection->server();
  if (server >= kept_.size()) kept_.resize(server + 1);
  if (kept_[server].size() >= kept_max_) return let_go(std::move(connection));
  connection->keep();
  connection->set_user(*this);
  connection->set_deadline(loop_.now() + kept_timeout_);
  kept_[server].push_back(std::move(connection));
}

void ConnectionPool::trim(ServerId server, std::uint32_t max) {
  if (server >= kept_.size() || kept_[server].size() <= max) return;
  auto& kept = kept_[server];
  const auto first_kept = kept.end() - max;
  for (auto it = kept.begin(); it != first_kept; ++it) let_go(std::move(*it));
  kept.erase(kept.begin(), first_kept);
}

void ConnectionPool::on_server(ServerConnection& connection) {
  if (connection.is_spent()) drop(connection);
}

void ConnectionPool::drop(ServerConnection& connection) {
  auto& kept = kept_[connection.server()];
  const auto at = std::ranges::find(kept, &connection, &std::unique_ptr<ServerConnection>::get);
  let_go(std::move(*at));
  kept.erase(at);
}

void ConnectionPool::let_go(std::unique_ptr<ServerConnection> connection) {
  connection->forget();
  loop_.bury(std::move(connection));
}

}  // namespace brood
