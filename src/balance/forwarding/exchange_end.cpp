// The client's side, behind its request: the answer's way out, the end of the connection, and how
// long anybody is waited for.
#include <sys/socket.h>

#include <cerrno>
#include <ctime>

#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "os/socket_queue.hpp"

namespace brood {

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
      lost("the client left");
      return true;
    }
  }
  return true;
}

bool Exchange::deliver() {
  if (!flush()) return false;
  if (stage_ != Stage::delivering) return true;
  note_end(front_.must_close() ? 0 : front_.unread().size());
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
  note_end();
  // Where only the end of the connection tells of the answer's end, a reset tells that this is
  // none.
  if (is_cut_ && front_.body_is_until_close()) client_->reset_on_close();
  // Who is told to leave may be on the way of its next request.
  if (!front_.wants_linger() && !forwarder_.is_draining()) {
    stage_ = Stage::over;
    return true;
  }
  ::shutdown(client_->fd(), SHUT_WR);
  lingering_.start(forwarder_.loop().now());
  stage_ = Stage::lingering;
  return true;
}

bool Exchange::linger() {
  if (!client_->may_receive()) return false;
  const std::span<char> scratch = forwarder_.scratch();
  const ssize_t size = client_->receive(scratch);
  if (size > 0) {
    allowance_ -= size;
    lingering_.received(forwarder_.loop().now());
  }
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

void Exchange::await_client() {
  client_->set_deadline(client_deadline(forwarder_.loop().now()));
}

/// When whoever is waited for is given up: a deadline here is the client's or the queue's, those of
/// a server are its connection's.
TimePoint Exchange::client_deadline(TimePoint now) {
  const bool is_exchanging = stage_ == Stage::exchanging;
  if (stage_ == Stage::placing || stage_ == Stage::knocking) return deadline_;
  if (stage_ == Stage::lingering) return lingering_.deadline();
  if (!front_.output().empty()) return sending_deadline();
  // What has come of the body and not gone yet waits for the server.
  if (is_exchanging && (!streams_ || send_failed_ || !back_.output().empty())) return never;
  return in_body_ ? receiving_.wait(now) : deadline_;
}

/// When to give up a client that does not take its answer.
TimePoint Exchange::sending_deadline() noexcept {
  return sending_.wait(forwarder_.loop().now(), unsent_bytes(client_->fd()));
}

void Exchange::timed_out() {
  const bool is_queued = stage_ == Stage::placing || stage_ == Stage::knocking;
  // It has taken some of it since.
  if (!is_queued && !front_.output().empty() && sending_deadline() > forwarder_.loop().now())
    return;
  switch (stage_) {
    case Stage::placing:
      forwarder_.dispatcher().withdraw(*this);
      return refuse(503, "no server was free in time");
    case Stage::knocking: stage_ = Stage::connecting; return;
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
  lost("client-timeout");
}

void Exchange::client_ended() {
  if (stage_ == Stage::placing || stage_ == Stage::knocking) lost("the client left");
}

void Exchange::lost(std::string_view how) {
  if (stage_ == Stage::over) return;
  forwarder_.dispatcher().withdraw(*this);
  abandon();
  cut(how);
  stage_ = Stage::over;
}

void Exchange::cut(std::string_view how) {
  // What has happened before says more.
  if (record_.end == AccessRecord{}.end) record_.end = how;
  note_end();
}

/// Whether there is a request that has no line in the access log yet.
bool Exchange::is_noteworthy() const noexcept {
  return front_.in_request() || front_.response_count() != responses_noted_ ||
         !record_.request.empty();
}

/// \param unread Of what was received, so much belongs to the next request.
void Exchange::note_end(std::size_t unread) {
  if (forwarder_.settings().has_access_log && is_noteworthy()) {
    record_.client = forwarded_ ? to_string(forwarded_->client) : client_->name();
    record_.status = front_.response_count() != responses_noted_ ? front_.status() : 0;
    record_.server = server_;
    record_.total = forwarder_.loop().now() - began_at_;
    record_.bytes_in = received_ - unread;
    record_.bytes_out = sent_;
    forwarder_.log(std::move(record_));
  }
  record_ = {};
  forwarded_.reset();
  responses_noted_ = front_.response_count();
  received_ = unread;
  sent_ = 0;
  server_ = no_server;
}

}  // namespace brood
