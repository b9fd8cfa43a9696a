#include "balance/forwarding/client_end.hpp"

#include <algorithm>
#include <cerrno>

#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "os/socket_queue.hpp"

namespace brood {
namespace {

/// Larger pieces of a body go from the buffer that they were received into to the client; smaller
/// ones are copied behind each other, so that they leave together.
constexpr std::size_t answer_copied_max = 8UL * 1024;

}  // namespace

ClientEnd::ClientEnd(HttpCommons& commons)
    : commons_(commons),
      session_(commons.settings().limits, Role::proxy),
      traffic_(commons.forwarder().settings().client_timeout, commons.settings().min_rate) {}

void ClientEnd::start(HttpClient& client) {
  client_ = &client;
  session_.start();
  traffic_.start();
  is_lost_ = false;
}

TimePoint ClientEnd::now() const noexcept {
  return commons_.forwarder().loop().now();
}

bool ClientEnd::receive() {
  if (!client_->socket().may_receive()) return false;
  const ssize_t size = client_->receive(session_.space());
  if (size > 0) {
    session_.received(static_cast<std::size_t>(size));
    traffic_.received(static_cast<std::size_t>(size), now());
  } else if (size == 0) {
    session_.end_of_input();
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR) {
    is_lost_ = true;
  }
  return true;
}

std::optional<Attempt::Event> ClientEnd::take_body() {
  using Kind = Attempt::Event::Kind;
  switch (session_.next()) {
    case ServerSession::Step::body:
      traffic_.handled_piece();
      return Attempt::Event{.kind = Kind::body, .text = session_.body_piece()};
    case ServerSession::Step::request: return Attempt::Event{.kind = Kind::body_ended};
    case ServerSession::Step::need_bytes: return Attempt::Event{.kind = Kind::needs_bytes};
    default: return std::nullopt;
  }
}

bool ClientEnd::flush() {
  while (!session_.output().empty() && !is_lost_) {
    if (!client_->socket().may_send()) return false;
    const ssize_t size = client_->send(session_.output());
    if (size >= 0) {
      session_.sent(static_cast<std::size_t>(size));
      traffic_.sent(static_cast<std::size_t>(size), now());
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      is_lost_ = true;
    }
  }
  return !is_lost_;
}

void ClientEnd::pass_body(std::string_view piece) {
  traffic_.handled_piece();
  // What has no length goes through the session, which puts it into chunks.
  if (piece.size() <= answer_copied_max || !session_.body_is_sized() ||
      !client_->socket().may_send())
    return session_.write_body(piece);
  const std::size_t head_size = session_.output().size();
  const ssize_t size = client_->send(session_.output(), piece);
  if (size < 0) {
    is_lost_ = errno != EAGAIN && errno != EINTR;
    return session_.write_body(piece);
  }
  const auto sent = static_cast<std::size_t>(size);
  traffic_.sent(sent, now());
  session_.sent(std::min(sent, head_size));
  if (sent < head_size) return session_.write_body(piece);
  session_.body_sent(sent - head_size);
  session_.write_body(piece.substr(sent - head_size));
}

bool ClientEnd::is_full() const noexcept {
  return session_.output().size() >= commons_.settings().read_ahead_max;
}

bool ClientEnd::has_room() {
  if (is_full()) flush();
  return !is_full();
}

TimePoint ClientEnd::sending_deadline() {
  return traffic_.sending_deadline(now(), unsent_bytes(client_->socket().fd()));
}

}  // namespace brood
