// A request's place at a server, its connection, and what it says there.
#include <algorithm>

#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "balance/forwarding/introduction.hpp"
#include "balance/routing/hash.hpp"
#include "balance/routing/load.hpp"
#include "http/connection_auth.hpp"

namespace brood {
namespace {

using SendProxy = ForwardSettings::SendProxy;

}  // namespace

// --- A place.

void Exchange::apply() {
  const TimePoint now = forwarder_.loop().now();
  request_fields_.set_request(front_.head(), client_->address(), believed());
  brings_auth_ = brings_connection_auth(front_.head());
  if (streams_ && held_.empty() && front_.head().expects_continue)
    request_fields_.add("Expect", "100-continue");
  commons_.budget().requested(now);
  sent_count_ = 0;
  has_answer_ = wants_fresh_ = false;
  queue_left_ = forwarder_.settings().queue_timeout;
  join_queue(now);
  forwarder_.dispatcher().acquire(*this, key(), tried_, now);
}

/// What is believed of that which cannot be seen here.
ToldOfClient Exchange::believed() {
  const RequestHead& head = front_.head();
  forwarded_.reset();
  if (client_->is_forwarder()) {
    forwarded_ =
        find_forwarded_client(head.fields, client_->endpoint(), settings_.trusted_forwarders);
    return {.scheme = forwarded_->scheme, .host = forwarded_->host};
  }
  return {.scheme = client_->is_trusted() ? told_scheme(head) : std::string_view{}};
}

/// Only waiting for a permit counts, in however many goes.
void Exchange::join_queue(TimePoint now) {
  stage_ = Stage::placing;
  queued_at_ = now;
  deadline_ = forwarder_.settings().queue_timeout > Duration{0} ? now + queue_left_ : never;
}

RequestKey Exchange::key() const {
  RequestKey key{.prefers = client_->pinned_to()};
  if (forwarder_.settings().routing.strategy != Strategy::hash) return key;
  switch (settings_.hash_of) {
    case HttpSettings::HashOf::client: key.hash = hash_of(client_address()); break;
    case HttpSettings::HashOf::path: key.hash = hash_of(front_.path()); break;
    case HttpSettings::HashOf::header:
      key.hash = hash_of(front_.field(settings_.hash_header).value_or(std::string_view{}));
  }
  return key;
}

/// Whom the request comes from: the peer, or whom a trusted forwarder tells of.
const std::string& Exchange::client_address() const noexcept {
  return forwarded_ ? forwarded_->client.host : client_->address();
}

void Exchange::on_permit(const Choice& choice, TimePoint now) {
  has_permit_ = true;
  server_ = choice.server;
  permitted_at_ = now;
  queue_left_ -= permitted_at_ - queued_at_;
  if (record_.queued < Duration{0}) record_.queued = permitted_at_ - began_at_;
  if (std::ranges::find(tried_, server_) == tried_.end()) {
    stage_ = Stage::connecting;
  } else {
    give_back(Outcome::not_sent);
    forwarder_.found_nobody();
    refuse(503, "all servers have failed it");
  }
  client_->advance();
}

void Exchange::on_turned_away(std::string_view why) {
  if (why != Dispatcher::queue_is_full) forwarder_.found_nobody();
  refuse(503, why);
  client_->advance();
}

// --- A connection.

void Exchange::connect() {
  // What is not held could not be sent again if a kept connection turned out to be closed.
  const bool is_fresh = wants_fresh_ || streams_ || wants_own_connection();
  was_sent_ = send_failed_ = false;
  connection_ = wants_fresh_ ? nullptr : client_->take_pinned(server_, *this);
  is_pinned_ = connection_ != nullptr;
  if (!connection_ && !is_fresh) connection_ = commons_.pool().take(server_, *this);
  if (!connection_) {
    auto begun =
        ServerConnection::begin(forwarder_.loop(), server_, forwarder_.address_of(server_), *this);
    if (!begun) return connect_failed(begun.error().code.value());
    connection_ = std::move(*begun);
    trim_kept(server_);
  }
  begin_request();
}

/// One that ends with the request: where the server is told of the client, and where the request
/// could not be sent again if a kept connection turned out to be closed.
bool Exchange::wants_own_connection() const noexcept {
  return !is_idempotent_ || forwarder_.settings().send_proxy != SendProxy::no;
}

void Exchange::begin_request() {
  back_.start();
  const RequestHead& head = front_.head();
  OutgoingRequest request{.method = head.line.method,
                          .target = origin_target(head, target_),
                          .host = host(),
                          .fields = request_fields_.all(),
                          .upgrade = request_fields_.upgrade()};
  introduce();
  // Who proves who it is by its connection would begin anew on each.
  if (!is_pinned_ && !brings_auth_ &&
      (wants_own_connection() || is_last_on_connection(forwarder_.router().view(server_))))
    request.connection = "close";
  if (!request.upgrade.empty()) request.connection = "upgrade";
  if (streams_ && head.framing == Framing::chunked) {
    request.is_chunked = true;
  } else if (streams_) {
    request.content_length = head.content_length;
  } else if (head.framing != Framing::none || needs_length(head.line.method)) {
    request.content_length = held_.size();
  }
  stage_ = Stage::exchanging;
  gathered_.clear();
  server_moved_at_ = asked_at_ = forwarder_.loop().now();
  if (!back_.begin_request(request)) {
    give_back(Outcome::not_sent);
    drop_server();
    return refuse(400, "the request cannot be passed on");
  }
  back_.write_body(held_);
  if (!streams_) back_.end_request();
}

/// Where the client names none, as HTTP/1.0 may, the server is asked by its own name: many refuse a
/// request without one.
std::string_view Exchange::host() const noexcept {
  const std::string_view host = front_.head().host;
  if (!host.empty()) return host;
  const std::string_view name = forwarder_.router().settings_of(server_).name;
  return name.starts_with("unix:") ? "localhost" : name;
}

std::optional<ProxiedEnds> Exchange::ends() const {
  std::optional<ProxiedEnds> ends = client_->ends();
  if (ends && forwarded_ && forwarded_->client.kind == ends->server.kind)
    ends->client = forwarded_->client;
  return ends;
}

void Exchange::introduce() {
  const auto version = forwarder_.settings().send_proxy;
  if (version == SendProxy::no || connection_->was_kept()) return;
  back_.introduce(write_introduction(version, ends()));
}

}  // namespace brood
