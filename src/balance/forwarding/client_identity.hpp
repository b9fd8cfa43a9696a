#pragma once

#include <memory>
#include <optional>
#include <string>

#include "balance/forwarding/http_settings.hpp"
#include "http/proxy_header.hpp"
#include "os/socket_address.hpp"

namespace brood {

/// Who a client is: the peer, or whom a trusted proxy has introduced by a PROXY header.
class ClientIdentity {
 public:
  ClientIdentity(const SocketAddress& peer, const HttpSettings& settings);

  /// "192.0.2.1", "2001:db8::1"; empty for a unix socket.
  const std::string& address() const noexcept { return address_; }
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
  void introduce(const std::optional<ProxiedEnds>& ends, const HttpSettings& settings);
  /// For a PROXY header to a server. \param fd The connection's.
  std::optional<ProxiedEnds> ends(int fd) const;

 private:
  SocketAddress peer_;
  std::string address_;
  std::unique_ptr<const ProxiedEnds> introduced_;
  bool is_trusted_;
  bool is_forwarder_;
  bool must_introduce_;
};

}  // namespace brood
