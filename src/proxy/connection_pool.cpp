#include "proxy/connection_pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
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

void ConnectionPool::trim(ServerId server, std::uint32_t max) {
  if (server >= kept_.size() || kept_[server].size() <= max) return;
  auto& kept = kept_[server];
  const auto first_kept = kept.end() - max;
  for (auto it = kept.begin(); it != first_kept; ++it) loop_.bury(std::move(*it));
  kept.erase(kept.begin(), first_kept);
}

void ConnectionPool::on_server(ServerConnection& connection) {
  // Not for mere room to send; and what was received last may have filled its space to the byte.
  if (!connection.may_receive() && !connection.has_ended()) return;
  std::array<char, 1> byte;
  const bool is_silent = connection.receive(byte) < 0 && (errno == EAGAIN || errno == EINTR);
  if (!is_silent || connection.has_ended()) drop(connection);
}

void ConnectionPool::drop(ServerConnection& connection) {
  auto& kept = kept_[connection.server()];
  const auto at = std::ranges::find(kept, &connection, &std::unique_ptr<ServerConnection>::get);
  loop_.bury(std::move(*at));
  kept.erase(at);
}

}  // namespace brood
