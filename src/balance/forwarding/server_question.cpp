#include "balance/forwarding/server_question.hpp"

#include "balance/forwarding/introduction.hpp"
#include "balance/routing/hash.hpp"
#include "http/connection_auth.hpp"

namespace brood {

void ServerQuestion::set(const RequestHead& head, const ClientIdentity& client, bool wants_leave) {
  head_ = &head;
  client_ = &client;
  fields_.set_request(head, client.address(), believed());
  brings_auth_ = brings_connection_auth(head);
  if (wants_leave) fields_.add("Expect", "100-continue");
}

/// What is believed of that which cannot be seen here.
ToldOfClient ServerQuestion::believed() {
  forwarded_.reset();
  if (!client_->is_forwarder())
    return {.scheme = client_->is_trusted() ? told_scheme(*head_) : std::string_view{}};
  forwarded_ =
      find_forwarded_client(head_->fields, client_->endpoint(), settings_.http.trusted_forwarders);
  return {.scheme = forwarded_->scheme, .host = forwarded_->host};
}

std::uint64_t ServerQuestion::hash() const {
  switch (settings_.http.hash_of) {
    case HttpSettings::HashOf::client: break;
    case HttpSettings::HashOf::path: return hash_of(head_->line.parts.path);
    case HttpSettings::HashOf::header:
      return hash_of(
          find_field(head_->fields, settings_.http.hash_header).value_or(std::string_view{}));
  }
  return hash_of(forwarded_ ? forwarded_->client.host : client_->address());
}

bool ServerQuestion::wants_own_connection(const RoutedRequest& request) const noexcept {
  return !request.is_idempotent() || settings_.send_proxy != SendProxy::no;
}

OutgoingRequest ServerQuestion::form(const RoutedRequest& request, std::string_view server,
                                     bool is_last) {
  OutgoingRequest form{.method = head_->line.method,
                       .target = origin_target(*head_, target_),
                       .host = head_->host,
                       .fields = fields_.all(),
                       .upgrade = fields_.upgrade()};
  // Where the client names none, as HTTP/1.0 may, the server is asked by its own name: many refuse
  // a request without one.
  if (form.host.empty()) form.host = server.starts_with("unix:") ? "localhost" : server;
  if (is_last) form.connection = "close";
  if (!form.upgrade.empty()) form.connection = "upgrade";
  if (!request.is_held() && head_->framing == Framing::chunked) {
    form.is_chunked = true;
  } else if (!request.is_held()) {
    form.content_length = head_->content_length;
  } else if (head_->framing != Framing::none || needs_length(head_->line.method)) {
    form.content_length = request.held().size();
  }
  return form;
}

std::string ServerQuestion::introduction(int fd) const {
  if (settings_.send_proxy == SendProxy::no) return {};
  std::optional<ProxiedEnds> ends = client_->ends(fd);
  if (ends && forwarded_ && forwarded_->client.kind == ends->server.kind)
    ends->client = forwarded_->client;
  return write_introduction(settings_.send_proxy, ends);
}

}  // namespace brood
