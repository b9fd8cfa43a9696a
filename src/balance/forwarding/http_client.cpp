#include "balance/forwarding/http_client.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "balance/forwarding/http_commons.hpp"
#include "balance/forwarding/introduction.hpp"
#include "balance/forwarding/tunnel.hpp"

namespace brood {
namespace {

/// A connection on which nothing has come yet gets this long when the balancer stops.
constexpr Duration fresh_grace = std::chrono::seconds{1};

iovec to_iovec(std::string_view bytes) noexcept {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

HttpClient::HttpClient(HttpCommons& commons, UniqueFd client, const SocketAddress& peer)
    : ClientConnection(commons.forwarder().loop()),
      commons_(commons),
      fd_(std::move(client)),
      peer_(peer),
      address_(to_endpoint(peer).host),
      is_trusted_(is_among(peer, commons.settings().trusted_proxies)),
      is_forwarder_(is_among(peer, commons.settings().trusted_forwarders)),
      must_introduce_(is_trusted_) {}

HttpClient::~HttpClient() = default;

void HttpClient::start() {
  deadline_ = loop().now() + commons_.settings().header_timeout;
  set_deadline(deadline_);
  may_receive_ = true;  // Where accepts are deferred, its first bytes are there.
  advance();
  if (is_over_) return;
  is_watched_ = loop().watch(fd_.get(), wanted_events(), *this);
  if (!is_watched_) end();
}

void HttpClient::drain() {
  if (tunnel_) return;
  // What has come already is in hand.
  may_receive_ = true;
  if (exchange_) {
    exchange_->drain();
  } else if (!is_kept_) {
    deadline_ = std::min(deadline_, loop().now() + fresh_grace);
  }
  advance();
}

void HttpClient::cut(std::string_view how) {
  if (tunnel_) {
    tunnel_->note(how);
  } else if (exchange_) {
    exchange_->cut(how);
  }
}

// --- Who it is.

void HttpClient::introduce(const std::optional<ProxiedEnds>& ends) {
  must_introduce_ = false;
  if (!ends) return;
  introduced_ = std::make_unique<const ProxiedEnds>(*ends);
  address_ = ends->client.host;
  is_forwarder_ = is_among(to_address(ends->client), commons_.settings().trusted_forwarders);
}

std::optional<ProxiedEnds> HttpClient::ends() const {
  if (introduced_) return *introduced_;
  return ends_of(peer_, fd_.get());
}

// --- Events.

void HttpClient::on_event(std::uint32_t events) {
  if ((events & end_events) != 0) has_ended_ = true;
  if ((events & (EPOLLIN | end_events)) != 0) may_receive_ = true;
  if ((events & (EPOLLOUT | loss_events)) != 0) may_send_ = true;
  if (exchange_) {
    if ((events & loss_events) != 0) exchange_->lost("the client left");
    if ((events & end_events) != 0) exchange_->client_ended();
  }
  advance();
}

void HttpClient::on_deadline() {
  if (tunnel_) {
    tunnel_->end("nothing has come for long");
    tunnel_.reset();
    return end();
  }
  if (!exchange_) return end();
  exchange_->timed_out();
  advance();
}

void HttpClient::advance() {
  if (std::exchange(is_advancing_, true)) return;
  if (!tunnel_) advance_exchange();
  if (tunnel_) {
    set_deadline(loop().now() + commons_.settings().tunnel_timeout);
    if (!tunnel_->advance()) {
      tunnel_->end("done");
      tunnel_.reset();
      end();
    }
  }
  is_advancing_ = false;
}

void HttpClient::advance_exchange() {
  if (!exchange_) engage();
  switch (exchange_->advance()) {
    case Exchange::Pause::waits: return;
    case Exchange::Pause::at_rest: return park();
    case Exchange::Pause::tunnel: return open_tunnel();
    case Exchange::Pause::over: return end();
  }
}

void HttpClient::engage() {
  if (is_kept_) deadline_ = loop().now() + commons_.settings().keep_alive_timeout;
  exchange_ = commons_.lend();
  exchange_->start(*this);
}

void HttpClient::park() {
  is_kept_ |= exchange_->has_answered();
  commons_.take_back(std::move(exchange_));
  if (is_kept_ && commons_.forwarder().is_draining()) return end();
  if (is_kept_) deadline_ = loop().now() + commons_.settings().keep_alive_timeout;
  set_deadline(deadline_);
}

void HttpClient::open_tunnel() {
  tunnel_ = std::make_unique<Tunnel>(*this, commons_.forwarder(), exchange_->take_tunnel());
  commons_.take_back(std::move(exchange_));
}

void HttpClient::end() {
  is_over_ = true;
  if (exchange_) commons_.take_back(std::move(exchange_));
  commons_.forwarder().end(*this);
}

// --- A connection of its own.

void HttpClient::pin(std::unique_ptr<ServerConnection> connection) {
  pinned_ = std::make_unique<PinnedConnection>(std::move(connection));
}

std::unique_ptr<ServerConnection> HttpClient::take_pinned(ServerId server,
                                                          ServerUser& user) noexcept {
  return server == pinned_to() && pinned_ ? pinned_->take(user) : nullptr;
}

// --- The descriptor.

ssize_t HttpClient::receive(std::span<char> space) noexcept {
  const ssize_t size = ::recv(fd_.get(), space.data(), space.size(), 0);
  // Less than there was room for: that was all, but for an end that has announced itself.
  may_receive_ =
      has_ended_ || size == static_cast<ssize_t>(space.size()) || (size < 0 && errno == EINTR);
  return size;
}

ssize_t HttpClient::send(std::string_view first, std::string_view second) noexcept {
  ssize_t size = 0;
  if (second.empty()) {
    size = ::send(fd_.get(), first.data(), first.size(), MSG_NOSIGNAL);
  } else {
    std::array<iovec, 2> parts{to_iovec(first), to_iovec(second)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    size = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  }
  if (size < 0 && errno == EAGAIN) {
    await_room();
    errno = EAGAIN;
  }
  return size;
}

void HttpClient::await_room() noexcept {
  may_send_ = false;
  if (!std::exchange(watches_output_, true) && is_watched_)
    loop().rewatch(fd_.get(), wanted_events(), *this);
}

std::uint32_t HttpClient::wanted_events() const noexcept {
  return input_events | (watches_output_ ? EPOLLOUT : 0U);
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
