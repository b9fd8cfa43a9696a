// The client's side: its requests, and what becomes of the answers.
#include "balance/forwarding/exchange.hpp"

#include <cerrno>
#include <ctime>

#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"

namespace brood {
namespace {

/// So much may move before others have their turn.
constexpr std::int64_t turn_size = 512L * 1024;

}  // namespace

Exchange::Exchange(HttpCommons& commons)
    : commons_(commons),
      forwarder_(commons.forwarder()),
      settings_(commons.settings()),
      front_(settings_.limits, Role::proxy),
      back_(settings_.limits),
      receiving_(forwarder_.settings().client_timeout, settings_.min_rate),
      sending_(forwarder_.settings().client_timeout, settings_.min_rate) {}

void Exchange::start(HttpClient& client) {
  client_ = &client;
  front_.start();
  sending_.start();
  deadline_ = client.deadline();
  stage_ = Stage::asking;
  in_body_ = is_cut_ = false;
  record_ = {};
  received_ = sent_ = 0;
  responses_noted_ = front_.response_count();
  if (client.must_introduce()) front_.expect_proxy_header();
  if (forwarder_.is_draining()) front_.set_closing();
}

Exchange::Pause Exchange::advance() {
  allowance_ = turn_size;
  while (stage_ != Stage::over && step()) continue;
  return await();
}

/// \return whether there is more to do without waiting.
bool Exchange::step() {
  if (allowance_ <= 0) {
    client_->yield();
    return false;
  }
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::placing:
    case Stage::knocking: return false;
    case Stage::connecting: return connect(), true;
    case Stage::exchanging: return exchange();
    case Stage::delivering: return deliver();
    case Stage::closing: return close();
    case Stage::lingering: return linger();
    case Stage::tunnelling:
    case Stage::over: break;
  }
  return false;
}

void Exchange::drain() noexcept {
  front_.set_closing();
}

// --- Asking.

bool Exchange::ask() {
  switch (front_.next()) {
    case ServerSession::Step::need_bytes: return flush() && receive_request();
    case ServerSession::Step::introduced:
      client_->introduce(front_.proxied());
      received_ = front_.unread().size();
      return true;
    case ServerSession::Step::head: take_head(); return true;
    case ServerSession::Step::body: take_body_piece(); return true;
    case ServerSession::Step::request: apply(); return true;
    case ServerSession::Step::close:
      take_refusal();
      stage_ = Stage::closing;
      return true;
  }
  return false;
}

/// \return whether anything has come: a byte, the end, the client's loss.
bool Exchange::receive_request() {
  if (!client_->may_receive()) return false;
  const std::span<char> space = front_.space();
  const ssize_t size = client_->receive(space);
  if (size > 0) {
    const TimePoint now = forwarder_.loop().now();
    if (!front_.in_request()) {
      began_at_ = now;
      if (client_->is_kept() || has_answered()) deadline_ = now + settings_.header_timeout;
    }
    if (in_body_) receiving_.moved(static_cast<std::uint64_t>(size), now);
    front_.received(static_cast<std::size_t>(size));
    received_ += static_cast<std::uint64_t>(size);
    allowance_ -= size;
  } else if (size == 0) {
    front_.end_of_input();
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR) {
    lost("the client left");
  }
  return true;
}

/// The session has refused the request by itself, if there is one.
void Exchange::take_refusal() {
  if (front_.refused_status() == 0) return;
  record_.end = front_.refused_why();
  if (record_.request.empty()) record_.request = front_.refused_line();
}

void Exchange::take_head() {
  const RequestHead& head = front_.head();
  front_.set_date(std::time(nullptr));
  if (forwarder_.settings().has_access_log) note_line();
  is_idempotent_ = is_idempotent(head.line.method);
  if (is_at_last_hop(head)) return answer_hop();
  held_.clear();
  tried_.clear();
  streams_ = false;
  is_held_ = true;
  in_body_ = head.has_body();
  if (in_body_) receiving_.start();
  // Whoever may send a large body after a 100 waits for the server's.
  const bool is_large =
      head.framing == Framing::length && head.content_length > settings_.body_held_max;
  front_.admit(true, !is_large);
  if (!is_large || !head.expects_continue) return;
  streams_ = true;
  is_held_ = false;
  apply();
}

void Exchange::note_line() {
  const RequestLine& line = front_.head().line;
  ((record_.request = line.method) += ' ') += line.target;
  record_.request += line.is_http_1_0 ? " HTTP/1.0" : " HTTP/1.1";
}

/// OPTIONS tells nothing but that somebody is here; to TRACE there is no answer.
void Exchange::answer_hop() {
  if (front_.method() == "TRACE") {
    front_.refuse(501);
  } else {
    front_.refuse(200);
  }
  stage_ = Stage::delivering;
}

void Exchange::take_body_piece() {
  allowance_ -= piece_charge;
  held_ += front_.body_piece();
  if (held_.size() < settings_.body_held_max) return;
  streams_ = true;
  is_held_ = false;
  apply();
}

}  // namespace brood
