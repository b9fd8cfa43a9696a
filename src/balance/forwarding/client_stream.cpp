#include "balance/forwarding/client_stream.hpp"

#include <cerrno>
#include <ctime>

#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"

namespace brood {

ClientStream::ClientStream(HttpCommons& commons)
    : commons_(commons), end_(commons), exchange_(commons, *this, end_) {}

void ClientStream::start(HttpClient& client) {
  end_.start(client);
  deadline_ = client.deadline();
  stage_ = Stage::asking;
  is_cut_ = false;
  exchange_.request().record() = {};
  responses_noted_ = end_.session().response_count();
  if (client.identity().must_introduce()) end_.session().expect_proxy_header();
  if (commons_.forwarder().is_draining()) end_.session().set_closing();
}

ClientStream::Pause ClientStream::advance() {
  end_.traffic().begin_turn();
  while (stage_ != Stage::over && step()) continue;
  return await();
}

/// \return whether there is more to do without waiting.
bool ClientStream::step() {
  if (end_.is_lost()) return lost("the client left"), false;
  if (end_.traffic().turn_is_over()) {
    end_.client().yield();
    return false;
  }
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::exchanging: return exchange_.advance();
    case Stage::delivering: return finish_delivery();
    case Stage::closing: return close();
    case Stage::lingering: return linger();
    case Stage::tunnelling:
    case Stage::over: break;
  }
  return false;
}

// --- Asking.

bool ClientStream::ask() {
  ServerSession& session = end_.session();
  switch (session.next()) {
    case ServerSession::Step::need_bytes: return (end_.flush() && receive()) || end_.is_lost();
    case ServerSession::Step::introduced:
      end_.client().introduce(session.proxied());
      end_.traffic().begin_request(session.unread().size());
      return true;
    case ServerSession::Step::head: take_head(); return true;
    case ServerSession::Step::body: take_body_piece(); return true;
    case ServerSession::Step::request: exchange(); return true;
    case ServerSession::Step::close: break;
  }
  // If the session has refused the request by itself, there is one.
  if (AccessRecord& record = exchange_.request().record(); session.refused_status() != 0) {
    record.end = session.refused_why();
    if (record.request.empty()) record.request = session.refused_line();
  }
  stage_ = Stage::closing;
  return true;
}

bool ClientStream::receive() {
  const bool is_first = !end_.session().in_request();
  if (!end_.receive()) return false;
  if (is_first) {
    began_at_ = end_.now();
    if (end_.client().is_kept() || has_answered())
      deadline_ = began_at_ + commons_.settings().header_timeout;
  }
  return true;
}

void ClientStream::take_head() {
  ServerSession& session = end_.session();
  const RequestHead& head = session.head();
  RoutedRequest& request = exchange_.request();
  session.set_date(std::time(nullptr));
  request.start(head.line, began_at_);
  if (is_at_last_hop(head)) {
    // OPTIONS tells nothing but that somebody is here; to TRACE there is no answer.
    session.refuse(head.line.method == "TRACE" ? 501 : 200);
    stage_ = Stage::delivering;
    return;
  }
  if (head.has_body()) end_.traffic().begin_body();
  // Whoever may send a large body after a 100 waits for the server's.
  const bool is_large =
      head.framing == Framing::length && head.content_length > commons_.settings().body_held_max;
  session.admit(true, !is_large);
  if (!is_large || !head.expects_continue) return;
  request.hold_no_more();
  exchange();
}

void ClientStream::take_body_piece() {
  RoutedRequest& request = exchange_.request();
  end_.traffic().handled_piece();
  request.hold(end_.session().body_piece());
  if (request.held().size() < commons_.settings().body_held_max) return;
  request.hold_no_more();
  exchange();
}

/// The request is whole, or as much of it as is held.
void ClientStream::exchange() {
  stage_ = Stage::exchanging;
  exchange_.begin();
}

// --- Answering.

void ClientStream::refuse(int status, std::string_view why) {
  constexpr FieldView retry_after{"Retry-After", "1"};
  ServerSession& session = end_.session();
  session.set_date(std::time(nullptr));
  exchange_.request().record().end = why;
  if (status == 503) {
    session.refuse(status, {&retry_after, 1}, why);
  } else {
    session.refuse(status, {}, why);
  }
  stage_ = Stage::delivering;
}

void ClientStream::cut_answer(std::string_view how) {
  exchange_.request().record().end = how;
  is_cut_ = true;
  end_.session().abort_response();
  stage_ = Stage::closing;
}

bool ClientStream::finish_delivery() {
  if (!end_.flush()) return end_.is_lost();
  ServerSession& session = end_.session();
  note_end(session.must_close() ? 0 : session.unread().size());
  end_.traffic().end_body();
  stage_ = Stage::asking;
  began_at_ = end_.now();
  const HttpSettings& settings = commons_.settings();
  deadline_ =
      began_at_ + (session.in_request() ? settings.header_timeout : settings.keep_alive_timeout);
  return true;
}

bool ClientStream::close() {
  if (!end_.flush()) return end_.is_lost();
  note_end();
  HttpClient& client = end_.client();
  // Where only the end of the connection tells of the answer's end, a reset tells that this is
  // none.
  if (is_cut_ && end_.session().body_is_until_close()) client.socket().reset_on_close();
  // Who is told to leave may be on the way of its next request.
  if (!end_.session().wants_linger() && !commons_.forwarder().is_draining()) {
    stage_ = Stage::over;
    return true;
  }
  client.socket().end_output();
  lingering_.start(end_.now());
  stage_ = Stage::lingering;
  return true;
}

bool ClientStream::linger() {
  if (!end_.client().socket().may_receive()) return false;
  const ssize_t size = end_.client().receive(commons_.forwarder().scratch());
  if (size > 0) {
    end_.traffic().moved_elsewhere(static_cast<std::size_t>(size));
    lingering_.received(end_.now());
  }
  if (size > 0 || (size < 0 && errno == EINTR)) return true;
  if (size < 0 && errno == EAGAIN) return false;
  stage_ = Stage::over;
  return true;
}

Tunnel::Begin ClientStream::take_tunnel() {
  stage_ = Stage::over;
  Tunnel::Begin begin = exchange_.take_tunnel();
  begin.to_client.insert(0, end_.session().output());
  begin.to_server = end_.session().unread();
  if (begin.record.client.empty() && commons_.forwarder().settings().has_access_log)
    begin.record.client = end_.client().identity().name();
  return begin;
}

// --- Waiting.

ClientStream::Pause ClientStream::await() {
  switch (stage_) {
    case Stage::over: return Pause::over;
    case Stage::tunnelling: return Pause::tunnel;
    case Stage::asking:
      if (end_.session().is_at_rest() && !end_.client().socket().may_receive())
        return Pause::at_rest;
      break;
    case Stage::exchanging: exchange_.await_server(); break;
    default: break;
  }
  end_.client().set_deadline(deadline());
  return Pause::waits;
}

/// When whoever is waited for is given up: a deadline here is the client's or the queue's, those of
/// a server are its connection's.
TimePoint ClientStream::deadline() {
  const bool is_exchanging = stage_ == Stage::exchanging;
  if (is_exchanging && exchange_.is_queued()) return exchange_.request().deadline();
  if (stage_ == Stage::lingering) return lingering_.deadline();
  if (!end_.session().output().empty()) return end_.sending_deadline();
  // What has come of the body and not gone yet waits for the server.
  if (is_exchanging && !exchange_.awaits_body()) return never;
  return end_.traffic().in_body() ? end_.traffic().body_deadline(end_.now()) : deadline_;
}

void ClientStream::timed_out() {
  const bool is_exchanging = stage_ == Stage::exchanging;
  if (is_exchanging && exchange_.is_queued()) return exchange_.queue_timed_out();
  ServerSession& session = end_.session();
  if (!session.output().empty()) {
    // It may have taken some of it since.
    if (end_.sending_deadline() <= end_.now()) lost("client-timeout");
    return;
  }
  if (is_exchanging) {
    // The request's body does not come: the server is not to blame.
    exchange_.abandon();
    session.set_date(std::time(nullptr));
    stage_ = Stage::asking;
  }
  if (stage_ != Stage::asking) return lost("client-timeout");
  session.timed_out();
}

void ClientStream::client_ended() {
  if (stage_ == Stage::exchanging && exchange_.is_queued()) lost("the client left");
}

void ClientStream::lost(std::string_view how) {
  if (stage_ == Stage::over) return;
  if (stage_ == Stage::exchanging) exchange_.abandon();
  cut(how);
  stage_ = Stage::over;
}

void ClientStream::cut(std::string_view how) {
  exchange_.note_attempt();
  // What has happened before says more.
  AccessRecord& record = exchange_.request().record();
  if (record.end == AccessRecord{}.end) record.end = how;
  note_end();
}

/// \param unread Of what was received, so much belongs to the next request.
void ClientStream::note_end(std::uint64_t unread) {
  ServerSession& session = end_.session();
  Forwarder& forwarder = commons_.forwarder();
  AccessRecord& record = exchange_.request().record();
  const bool is_answered = session.response_count() != responses_noted_;
  if (session.in_request() || is_answered || !record.request.empty()) {
    record.status = is_answered ? session.status() : 0;
    record.total = end_.now() - began_at_;
    record.bytes_in = end_.traffic().received() - unread;
    record.bytes_out = end_.traffic().sent();
    if (record.client.empty() && forwarder.settings().has_access_log)
      record.client = end_.client().identity().name();
    forwarder.note(std::move(record));
  }
  record = {};
  responses_noted_ = session.response_count();
  end_.traffic().begin_request(unread);
}

}  // namespace brood
