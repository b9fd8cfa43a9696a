#include "balance/forwarding/connection_pool.hpp"

#include <algorithm>
#include <utility>

namespace brood {

std::unique_ptr<ServerConnection> ConnectionPool::take(ServerId server, ServerUser& user) {
  auto* const kept = kept_.find(server);
  if (kept == nullptr || kept->empty()) return nullptr;
  std::unique_ptr<ServerConnection> connection = std::move(kept->back());
  kept->pop_back();
  connection->set_user(user);
  return connection;
}

void ConnectionPool::put(std::unique_ptr<ServerConnection> connection) {
  const ServerId server = connection->server();
  if (!router_.is_wanted(server)) return let_go(std::move(connection));
  auto* kept = kept_.find(server);
  if (kept == nullptr) kept = &kept_.add(server);
  if (kept->size() >= kept_max_) return let_go(std::move(connection));
  connection->keep();
  connection->set_user(*this);
  connection->set_deadline(loop_.now() + kept_timeout_);
  kept->push_back(std::move(connection));
}

void ConnectionPool::remove(ServerId server) {
  trim(server, 0);
  kept_.remove(server);
}

void ConnectionPool::trim(ServerId server, std::uint32_t max) {
  auto* const kept = kept_.find(server);
  if (kept == nullptr || kept->size() <= max) return;
  const auto first_kept = kept->end() - max;
  for (auto it = kept->begin(); it != first_kept; ++it) let_go(std::move(*it));
  kept->erase(kept->begin(), first_kept);
}

void ConnectionPool::on_server(ServerConnection& connection) {
  if (connection.is_spent()) drop(connection);
}

void ConnectionPool::drop(ServerConnection& connection) {
  auto& kept = *kept_.find(connection.server());
  const auto at = std::ranges::find(kept, &connection, &std::unique_ptr<ServerConnection>::get);
  let_go(std::move(*at));
  kept.erase(at);
}

void ConnectionPool::let_go(std::unique_ptr<ServerConnection> connection) {
  connection->forget();
  loop_.bury(std::move(connection));
}

}  // namespace brood
