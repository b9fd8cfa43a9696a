#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "balance/forwarding/server_connection.hpp"
#include "balance/routing/per_server.hpp"
#include "balance/routing/router.hpp"

namespace brood {

/// The connections of one thread to servers on which nothing is in hand. What comes on one of them
/// closes it: nobody has asked for anything.
class ConnectionPool final : public Watcher, private ServerUser {
 public:
  /// \param router Knows which servers are wanted: no connection to another one is kept.
  /// \param kept_max for each server; \param kept_timeout How long one is kept.
  ConnectionPool(Loop& loop, const Router& router, std::size_t kept_max, Duration kept_timeout)
      : Watcher(loop), router_(router), kept_max_(kept_max), kept_timeout_(kept_timeout) {}

  /// The one that was in use last: its server is the least likely to close it just now, and the
  /// others come of age. \return null if there is none.
  std::unique_ptr<ServerConnection> take(ServerId server, ServerUser& user);
  /// \pre Its exchange is complete and may_be_reused().
  void put(std::unique_ptr<ServerConnection> connection);
  /// It has been removed: its connections are closed.
  void remove(ServerId server);
  /// No more are kept to this server than idle_connections_max(): those that were in use last. Not
  /// before all have gone on who were made to until now: they may take one.
  void trim(ServerId server);

 private:
  void on_event(std::uint32_t) override;
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection& connection) override { drop(connection); }
  void drop(ServerConnection& connection);
  /// But for the last `max`.
  void let_go_of_all_but(ServerId server, std::uint32_t max);
  void let_go(std::unique_ptr<ServerConnection> connection);

  const Router& router_;
  std::size_t kept_max_;
  Duration kept_timeout_;
  PerServer<std::vector<std::unique_ptr<ServerConnection>>> kept_;
  std::vector<ServerId> to_trim_;
  std::size_t trimmed_ = 0;  ///< Of those.
};

}  // namespace brood
