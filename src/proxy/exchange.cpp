// The client's side: its requests, and what becomes of the answers.
#include "proxy/exchange.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <ctime>

#include "os/socket_queue.hpp"
#include "proxy/forwarder.hpp"
#include "proxy/http_client.hpp"
#include "proxy/http_commons.hpp"

namespace brood {
namespace {

/// How long a closing connection is read on, so that the client can take its answer.
constexpr Duration linger_timeout = std::chrono::seconds{2};

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
    if (connection_) connection_->yield();
    return false;
  }
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::placing: return false;
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
    case ServerSession::Step::introduced: client_->introduce(front_.proxied()); return true;
    case ServerSession::Step::head: take_head(); return true;
    case ServerSession::Step::body: take_body_piece(); return true;
    case ServerSession::Step::request: apply(); return true;
    case ServerSession::Step::close:
      if (front_.refused_status() != 0) note_end();
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
      if (client_->is_kept()) deadline_ = now + settings_.header_timeout;
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
    lost();
  }
  return true;
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
  held_ += front_.body_piece();
  if (held_.size() < settings_.body_held_max) return;
  streams_ = true;
  is_held_ = false;
  apply();
}

// --- Answering.

/// \return whether all of the output has gone; the client may be lost then.
bool Exchange::flush() {
  while (!front_.output().empty()) {
    if (!client_->may_send()) return false;
    const ssize_t size = client_->send(front_.output());
    if (size >= 0) {
      front_.sent(static_cast<std::size_t>(size));
      sending_.moved(static_cast<std::uint64_t>(size), forwarder_.loop().now());
      sent_ += static_cast<std::uint64_t>(size);
      allowance_ -= size;
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      lost();
      return true;
    }
  }
  return true;
}

bool Exchange::deliver() {
  if (!flush()) return false;
  if (stage_ != Stage::delivering) return true;
  note_end();
  in_body_ = false;
  stage_ = Stage::asking;
  began_at_ = forwarder_.loop().now();
  deadline_ =
      began_at_ + (front_.in_request() ? settings_.header_timeout : settings_.keep_alive_timeout);
  return true;
}

void Exchange::refuse(int status, std::string_view why) {
  constexpr FieldView retry_after{"Retry-After", "1"};
  front_.set_date(std::time(nullptr));
  record_.end = why;
  if (status == 503) {
    front_.refuse(status, {&retry_after, 1}, why);
  } else {
    front_.refuse(status, {}, why);
  }
  stage_ = Stage::delivering;
}

bool Exchange::close() {
  if (!flush()) return false;
  if (stage_ != Stage::closing) return true;
  // Where only the end of the connection tells of the answer's end, a reset tells that this is
  // none.
  if (is_cut_ && front_.body_is_until_close()) client_->reset_on_close();
  // Who is told to leave may be on the way of its next request.
  if (!front_.wants_linger() && !forwarder_.is_draining()) {
    stage_ = Stage::over;
    return true;
  }
  ::shutdown(client_->fd(), SHUT_WR);
  deadline_ = forwarder_.loop().now() + linger_timeout;
  stage_ = Stage::lingering;
  return true;
}

bool Exchange::linger() {
  if (!client_->may_receive()) return false;
  const std::span<char> scratch = forwarder_.scratch();
  const ssize_t size = client_->receive(scratch);
  if (size > 0) allowance_ -= size;
  if (size > 0 || (size < 0 && errno == EINTR)) return true;
  if (size < 0 && errno == EAGAIN) return false;
  stage_ = Stage::over;
  return true;
}

// --- Waiting.

Exchange::Pause Exchange::await() {
  switch (stage_) {
    case Stage::over: return Pause::over;
    case Stage::tunnelling: return Pause::tunnel;
    case Stage::asking:
      if (front_.is_at_rest() && !client_->may_receive()) return Pause::at_rest;
      break;
    case Stage::exchanging: await_server(); break;
    default: break;
  }
  await_client();
  return Pause::waits;
}

/// When to give up a client that does not take its answer.
TimePoint Exchange::sending_deadline() noexcept {
  return sending_.wait(forwarder_.loop().now(), unsent_bytes(client_->fd()));
}

void Exchange::await_client() {
  const TimePoint now = forwarder_.loop().now();
  if (!front_.output().empty()) return client_->set_deadline(sending_deadline());
  const bool awaits_body = in_body_ && (stage_ == Stage::asking || streams_);
  if (awaits_body) return client_->set_deadline(receiving_.wait(now));
  client_->set_deadline(stage_ == Stage::exchanging ? never : deadline_);
}

void Exchange::timed_out() {
  // It has taken some of it since.
  if (!front_.output().empty() && sending_deadline() > forwarder_.loop().now()) return;
  switch (stage_) {
    case Stage::placing:
      forwarder_.dispatcher().withdraw(*this);
      return refuse(503, "no server had a place in time");
    case Stage::asking:
      if (front_.output().empty()) return front_.timed_out();
      break;
    case Stage::exchanging:
      if (!front_.output().empty()) break;
      // The request's body does not come: the server is not to blame.
      abandon();
      front_.set_date(std::time(nullptr));
      front_.timed_out();
      stage_ = Stage::asking;
      return;
    default: break;
  }
  lost();
}

void Exchange::client_ended() {
  if (stage_ == Stage::placing) lost();
}

void Exchange::lost() {
  if (stage_ == Stage::over) return;
  forwarder_.dispatcher().withdraw(*this);
  abandon();
  record_.end = "the client left";
  const bool was_noted = stage_ == Stage::closing || stage_ == Stage::lingering;
  if (!was_noted && front_.in_request()) note_end();
  stage_ = Stage::over;
}

/// The request in hand is over: a line of the access log, and counting begins anew.
void Exchange::note_end() {
  if (forwarder_.settings().has_access_log) {
    record_.client = client_->name();
    record_.status = front_.status();
    record_.server = server_;
    record_.total = forwarder_.loop().now() - began_at_;
    record_.bytes_in = received_;
    record_.bytes_out = sent_;
    forwarder_.log(std::move(record_));
    record_ = {};
  }
  received_ = sent_ = 0;
  server_ = no_server;
}

}  // namespace brood
