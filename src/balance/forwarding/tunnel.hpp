#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "balance/forwarding/access_record.hpp"
#include "balance/forwarding/pump.hpp"
#include "balance/forwarding/server_connection.hpp"

namespace brood {

class Forwarder;
class HttpClient;

/// What is left of an exchange when both sides have agreed to go on with another protocol (RFC
/// 9110, section 7.8): bytes both ways, each end carried over, until both have ended. It holds the
/// place at the server.
class Tunnel final : private ServerUser {
 public:
  struct Begin {
    std::unique_ptr<ServerConnection> connection;
    std::string to_client;  ///< What has come already.
    std::string to_server;
    TimePoint permitted_at;
    TimePoint began_at;
    AccessRecord record;
  };
  Tunnel(HttpClient& client, Forwarder& forwarder, Begin begin);

  /// Moves what can be moved. \return false: it is over; end() it.
  bool advance();
  /// \param how Static words.
  void end(std::string_view how);
  /// Only the line in the access log.
  void note(std::string_view how);

 private:
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection&) override {}
  bool judge(Pump::Step step, bool is_to_client);

  HttpClient& client_;
  Forwarder& forwarder_;
  std::unique_ptr<ServerConnection> connection_;
  Pump to_client_;
  Pump to_server_;
  ServerId server_;
  TimePoint permitted_at_;
  TimePoint began_at_;
  AccessRecord record_;
};

}  // namespace brood
