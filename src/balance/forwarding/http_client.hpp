#pragma once

#include <memory>
#include <optional>
#include <string>

#include <brood/unique_fd.hpp>
#include "balance/forwarding/client_connection.hpp"
#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/pinned_connection.hpp"
#include "http/proxy_header.hpp"
#include "os/socket_address.hpp"

namespace brood {

class HttpCommons;
class Tunnel;

/// A client's connection in mode http. Between two requests it is this and nothing more: an
/// Exchange is lent while anything is in hand, a Tunnel takes its place when it is HTTP no longer.
class HttpClient final : public ClientConnection {
 public:
  HttpClient(HttpCommons& commons, UniqueFd client, const SocketAddress& peer);
  ~HttpClient() override;

  void start() override;
  void drain() override;
  void cut(std::string_view how) override;

  void on_event(std::uint32_t events) override;
  void on_deadline() override;

  // --- For what is lent to it.

  int fd() const noexcept { return fd_.get(); }
  /// "192.0.2.1", "2001:db8::1"; empty for a unix socket.
  const std::string& address() const noexcept { return address_; }
  /// The peer, or whom it has introduced.
  Endpoint endpoint() const { return introduced_ ? introduced_->client : to_endpoint(peer_); }
  /// "192.0.2.1:40112", as the logs name it.
  std::string name() const { return to_string(endpoint()); }
  /// What it says of clients before it is believed.
  bool is_forwarder() const noexcept { return is_forwarder_; }
  /// It is one of the trusted proxies, which speak for others.
  bool is_trusted() const noexcept { return is_trusted_; }
  /// It must begin with a PROXY header, and has not yet.
  bool must_introduce() const noexcept { return must_introduce_; }
  /// It has. \param ends None: the proxy speaks for itself.
  void introduce(const std::optional<ProxiedEnds>& ends);
  /// For a PROXY header to a server.
  std::optional<ProxiedEnds> ends() const;
  void set_deadline(TimePoint deadline) { loop().set_deadline(*this, deadline); }
  /// As recv(2), and remembers whether there may be more.
  ssize_t receive(std::span<char> space) noexcept;
  bool may_receive() const noexcept { return may_receive_; }
  /// As sendmsg(2) of both, and remembers whether there is room for more.
  ssize_t send(std::string_view first, std::string_view second = {}) noexcept;
  bool may_send() const noexcept { return may_send_; }
  /// It has announced that it will send no more.
  bool has_ended() const noexcept { return has_ended_; }
  /// It has had an answer.
  bool is_kept() const noexcept { return is_kept_; }
  /// For the head of its first request, if it is not kept; else for a request to begin.
  TimePoint deadline() const noexcept { return deadline_; }
  /// It is told when there is room to send.
  void await_room() noexcept;
  /// Closing tells it of a reset.
  void reset_on_close() noexcept { brood::reset_on_close(fd_.get()); }
  /// Others are to have their turn: it is told in the next one that there is something to do.
  void yield() { loop().again(*this); }
  /// Goes on with what is in hand.
  void advance();
  /// From now on it has this connection to a server for itself.
  void pin(std::unique_ptr<ServerConnection> connection);
  /// To which server it has one; `no_server`: to none.
  ServerId pinned_to() const noexcept { return pinned_ ? pinned_->server() : no_server; }
  /// \return null: none to this server.
  std::unique_ptr<ServerConnection> take_pinned(ServerId server, ServerUser& user) noexcept;

 private:
  void engage();
  void advance_exchange();
  void park();
  std::uint32_t wanted_events() const noexcept;
  void open_tunnel();
  void end();

  HttpCommons& commons_;
  UniqueFd fd_;
  SocketAddress peer_;
  std::string address_;
  std::unique_ptr<const ProxiedEnds> introduced_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<PinnedConnection> pinned_;
  TimePoint deadline_;
  bool is_trusted_ = false;
  bool is_forwarder_ = false;
  bool must_introduce_ = false;
  bool is_kept_ = false;
  bool may_receive_ = false;
  bool may_send_ = true;
  bool has_ended_ = false;
  bool is_watched_ = false;
  bool watches_output_ = false;
  bool is_advancing_ = false;
  bool is_over_ = false;
};

/// For Forwarder: makes the clients of one thread, and what they have in common with the first.
Forwarder::MakeClient make_http_clients();

}  // namespace brood
