#include "proxy/connection_pool.hpp"

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
  if (kept_[server].size() >= kept_max_) return loop_.bury(std::move(connection));
  connection->keep();
  connection->set_user(*this);
  connection->set_deadline(loop_.now() + kept_timeout_);
  kept_[server].push_back(std::move(connection));
}

void ConnectionPool::clear(ServerId server) {
  if (server >= kept_.size()) return;
  for (auto& connection : kept_[server]) loop_.bury(std::move(connection));
  kept_[server].clear();
}

void ConnectionPool::drop(ServerConnection& connection) {
  auto& kept = kept_[connection.server()];
  const auto at = std::ranges::find(kept, &connection, &std::unique_ptr<ServerConnection>::get);
  loop_.bury(std::move(*at));
  kept.erase(at);
}

}  // namespace brood
