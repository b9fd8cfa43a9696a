#pragma once

#include <memory>
#include <optional>
#include <string>

#include <brood/unique_fd.hpp>
#include "balance/forwarding/client_connection.hpp"
#include "balance/forwarding/client_identity.hpp"
#include "balance/forwarding/client_stream.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/server_connection.hpp"
#include "http/proxy_header.hpp"
#include "os/socket_address.hpp"

namespace brood {

class HttpCommons;
class Tunnel;

/// A client's connection in mode http. Between two requests it is this and nothing more: a
/// ClientStream is lent while anything is in hand, a Tunnel takes its place when it is HTTP no
/// longer.
class HttpClient final : public ClientConnection, private ServerUser {
 public:
  HttpClient(HttpCommons& commons, UniqueFd client, const SocketAddress& peer);
  ~HttpClient() override;

  void start() override;
  void drain() override;
  void cut(std::string_view how) override;

  void on_deadline() override;

  // --- For what is lent to it.

  const ClientIdentity& identity() const noexcept { return identity_; }
  /// A trusted proxy has said for whom it speaks. \param ends None: for itself.
  void introduce(const std::optional<ProxiedEnds>& ends);
  /// It has had an answer.
  bool is_kept() const noexcept { return is_kept_; }
  /// For the head of its first request, if it is not kept; else for a request to begin.
  TimePoint deadline() const noexcept { return deadline_; }
  /// It goes on when those have who are at work now.
  void wake() { loop().soon(*this); }
  /// Goes on with what is in hand.
  void advance();
  /// From now on it has this connection to a server for itself, as the server knows it by that
  /// (http/connection_auth.hpp). What comes on it while nothing is in hand closes it.
  void pin(std::unique_ptr<ServerConnection> connection);
  /// To which server it has one; `no_server`: to none.
  ServerId pinned_to() const noexcept { return pinned_ ? pinned_->server() : no_server; }
  /// \return null: none to this server.
  std::unique_ptr<ServerConnection> take_pinned(ServerId server, ServerUser& user) noexcept;

 private:
  void on_socket(std::uint32_t events) override;
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection&) override {}
  void engage();
  void advance_stream();
  void park();
  void open_tunnel();
  void end_tunnel(std::string_view how);
  void end();

  HttpCommons& commons_;
  ClientIdentity identity_;
  std::unique_ptr<ClientStream> stream_;
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<ServerConnection> pinned_;
  TimePoint deadline_;
  bool is_kept_ = false;
  bool is_over_ = false;
};

/// For Forwarder: makes the clients of one thread, and what they have in common with the first.
Forwarder::MakeClient make_http_clients();

}  // namespace brood
