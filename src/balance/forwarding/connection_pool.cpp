#include "balance/forwarding/connection_pool.hpp"

#include <algorithm>
#include <utility>

#include "balance/routing/load.hpp"

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
  connection->set_deadline(loop().now() + kept_timeout_);
  kept->push_back(std::move(connection));
}

void ConnectionPool::remove(ServerId server) {
  let_go_of_all_but(server, 0);
  kept_.remove(server);
}

void ConnectionPool::trim(ServerId server) {
  to_trim_.push_back(server);
  loop().soon(*this);
}

/// Once for each call of trim().
void ConnectionPool::on_event(std::uint32_t) {
  const ServerId server = to_trim_[trimmed_++];
  if (trimmed_ == to_trim_.size()) {
    to_trim_.clear();
    trimmed_ = 0;
  }
  if (kept_.find(server) != nullptr)
    let_go_of_all_but(server, idle_connections_max(router_.view(server)));
}

void ConnectionPool::let_go_of_all_but(ServerId server, std::uint32_t max) {
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
  loop().bury(std::move(connection));
}

}  // namespace brood
