#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "balance/forwarding/client_identity.hpp"
#include "balance/forwarding/forward_settings.hpp"
#include "balance/forwarding/routed_request.hpp"
#include "http/forwarded_client.hpp"
#include "http/forwarding.hpp"
#include "http/head_writer.hpp"

namespace brood {

/// What a server is asked: a client's request in the form in which it is passed on. Serves one
/// request after another and keeps its memory. Pure.
class ServerQuestion {
 public:
  explicit ServerQuestion(const ForwardSettings& settings) : settings_(settings) {}

  /// \pre `head` and `client` outlive its use.
  void set(const RequestHead& head, const ClientIdentity& client, bool wants_leave);

  /// Whom the request comes from, where a trusted forwarder has told of it.
  const std::optional<ForwardedClient>& forwarded() const noexcept { return forwarded_; }
  /// It brings a proof of who the client is that is good for a whole connection.
  bool brings_auth() const noexcept { return brings_auth_; }
  /// What is hashed for it.
  std::uint64_t hash() const;
  /// Its connection ends with it: where the server is told of the client, and where it could not be
  /// sent again if a kept connection turned out to be closed.
  bool wants_own_connection(const RoutedRequest& request) const noexcept;
  /// To the server of this name. \param is_last The server need not wait for another one.
  OutgoingRequest form(const RoutedRequest& request, std::string_view server, bool is_last);
  /// The PROXY header that goes before it, if any. \param fd The client's.
  std::string introduction(int fd) const;

 private:
  using SendProxy = ForwardSettings::SendProxy;

  ToldOfClient believed();

  const ForwardSettings& settings_;
  const RequestHead* head_ = nullptr;
  const ClientIdentity* client_ = nullptr;
  ForwardedFields fields_;
  std::optional<ForwardedClient> forwarded_;
  std::string target_;
  bool brings_auth_ = false;
};

}  // namespace brood
