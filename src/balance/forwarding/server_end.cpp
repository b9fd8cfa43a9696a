#include "balance/forwarding/server_end.hpp"

#include <cerrno>

#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"

namespace brood {

ServerEnd::ServerEnd(HttpCommons& commons)
    : commons_(commons), attempt_(commons.settings().limits) {}

Result<void> ServerEnd::open(ServerId server, HttpClient& client, bool wants_fresh,
                             bool may_be_shared, ServerUser& user) {
  Forwarder& forwarder = commons_.forwarder();
  connection_ = wants_fresh ? nullptr : client.take_pinned(server, user);
  is_pinned_ = connection_ != nullptr;
  if (!connection_ && !wants_fresh && may_be_shared)
    connection_ = commons_.pool().take(server, user);
  if (connection_) {
    ++forwarder.counters().reused;
    return {};
  }
  auto begun =
      ServerConnection::begin(forwarder.loop(), server, forwarder.address_of(server), user);
  if (!begun) return begun.error();
  connection_ = std::move(*begun);
  ++forwarder.counters().connected;
  commons_.pool().trim(server);
  return {};
}

Attempt::Event ServerEnd::send() {
  while (connection_->socket().may_send()) {
    const ssize_t size = connection_->send(attempt_.session().output());
    if (size >= 0) return {.kind = Event::Kind::sent, .size = static_cast<std::size_t>(size)};
    if (errno == EAGAIN) break;
    if (errno != EINTR) return {.kind = Event::Kind::failed, .error = errno};
  }
  return {.kind = Event::Kind::blocked};
}

Attempt::Event ServerEnd::receive() {
  while (connection_->socket().may_receive()) {
    const ssize_t size = connection_->receive(attempt_.session().space());
    if (size > 0) return {.kind = Event::Kind::received, .size = static_cast<std::size_t>(size)};
    if (size == 0) return {.kind = Event::Kind::ended};
    if (errno == EAGAIN) break;
    if (errno != EINTR) return {.kind = Event::Kind::failed, .error = errno};
  }
  return {.kind = Event::Kind::blocked};
}

void ServerEnd::release(HttpClient& client) {
  const bool is_reusable = attempt_.leaves_reusable() && !connection_->socket().has_ended();
  if (is_reusable && is_pinned_) {
    client.pin(std::move(connection_));
  } else if (is_reusable) {
    commons_.pool().put(std::move(connection_));
  } else {
    connection_->forget();
    drop();
  }
}

void ServerEnd::drop() {
  if (connection_) commons_.forwarder().loop().bury(std::move(connection_));
}

}  // namespace brood
