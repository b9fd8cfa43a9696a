#include "balance/forwarding/http_client.hpp"

#include <algorithm>
#include <utility>

#include "balance/forwarding/http_commons.hpp"
#include "balance/forwarding/tunnel.hpp"

namespace brood {
namespace {

/// A connection on which nothing has come yet gets this long when the balancer stops.
constexpr Duration fresh_grace = std::chrono::seconds{1};

}  // namespace

HttpClient::HttpClient(HttpCommons& commons, UniqueFd client, const SocketAddress& peer)
    : ClientConnection(commons.forwarder().loop(), Socket(std::move(client))),
      commons_(commons),
      identity_(peer, commons.settings()) {}

HttpClient::~HttpClient() {
  if (pinned_) pinned_->forget();
}

void HttpClient::start() {
  deadline_ = loop().now() + commons_.settings().header_timeout;
  set_deadline(deadline_);
  socket().expect_input();  // Where accepts are deferred, its first bytes are there.
  advance();
  if (!is_over_ && !watch()) end();
}

void HttpClient::drain() {
  if (tunnel_) return;
  // What has come already is in hand.
  socket().expect_input();
  if (stream_) {
    stream_->drain();
  } else if (!is_kept_) {
    deadline_ = std::min(deadline_, loop().now() + fresh_grace);
  }
  advance();
}

void HttpClient::cut(std::string_view how) {
  if (tunnel_) {
    tunnel_->note(how);
  } else if (stream_) {
    stream_->cut(how);
  }
}

void HttpClient::introduce(const std::optional<ProxiedEnds>& ends) {
  identity_.introduce(ends, commons_.settings());
}

// --- Events.

void HttpClient::on_socket(std::uint32_t events) {
  if (stream_) {
    if ((events & loss_events) != 0) stream_->lost("the client left");
    if ((events & end_events) != 0) stream_->client_ended();
  }
  advance();
}

void HttpClient::on_deadline() {
  if (tunnel_) return end_tunnel("nothing has come for long");
  if (!stream_) return end();
  stream_->timed_out();
  advance();
}

void HttpClient::advance() {
  if (!tunnel_) advance_stream();
  if (!tunnel_) return;
  set_deadline(loop().now() + commons_.settings().tunnel_timeout);
  if (!tunnel_->advance()) end_tunnel("done");
}

void HttpClient::advance_stream() {
  if (!stream_) engage();
  switch (stream_->advance()) {
    case ClientStream::Pause::waits: return;
    case ClientStream::Pause::at_rest: return park();
    case ClientStream::Pause::tunnel: return open_tunnel();
    case ClientStream::Pause::over: return end();
  }
}

void HttpClient::engage() {
  if (is_kept_) deadline_ = loop().now() + commons_.settings().keep_alive_timeout;
  stream_ = commons_.lend();
  stream_->start(*this);
}

void HttpClient::park() {
  is_kept_ |= stream_->has_answered();
  commons_.take_back(std::move(stream_));
  if (is_kept_ && commons_.forwarder().is_draining()) return end();
  if (is_kept_) deadline_ = loop().now() + commons_.settings().keep_alive_timeout;
  set_deadline(deadline_);
}

void HttpClient::open_tunnel() {
  tunnel_ = std::make_unique<Tunnel>(*this, commons_.forwarder(), stream_->take_tunnel());
  commons_.take_back(std::move(stream_));
}

void HttpClient::end_tunnel(std::string_view how) {
  tunnel_->end(how);
  tunnel_.reset();
  end();
}

void HttpClient::end() {
  is_over_ = true;
  if (stream_) commons_.take_back(std::move(stream_));
  commons_.forwarder().end(*this);
}

// --- A connection of its own.

void HttpClient::pin(std::unique_ptr<ServerConnection> connection) {
  pinned_ = std::move(connection);
  pinned_->keep();
  pinned_->set_user(*this);
  pinned_->set_deadline(never);
}

std::unique_ptr<ServerConnection> HttpClient::take_pinned(ServerId server,
                                                          ServerUser& user) noexcept {
  if (!pinned_ || pinned_->server() != server) return nullptr;
  pinned_->set_user(user);
  return std::move(pinned_);
}

void HttpClient::on_server(ServerConnection& connection) {
  if (!connection.is_spent()) return;
  connection.forget();
  loop().bury(std::move(pinned_));
}

Forwarder::MakeClient make_http_clients() {
  return [commons = std::shared_ptr<HttpCommons>()](
             Forwarder& forwarder, UniqueFd client,
             const SocketAddress& peer) mutable -> std::unique_ptr<ClientConnection> {
    if (!commons) commons = std::make_shared<HttpCommons>(forwarder);
    return std::make_unique<HttpClient>(*commons, std::move(client), peer);
  };
}

}  // namespace brood
