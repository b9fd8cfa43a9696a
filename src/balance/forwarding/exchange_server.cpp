// The server's side: the request on its way there, the answer on its way back.
#include <algorithm>
#include <cerrno>

#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "balance/routing/load.hpp"
#include "http/connection_auth.hpp"

namespace brood {
namespace {

/// Larger pieces of a body go from the buffer that they were received into to the other side;
/// smaller ones are copied behind each other, so that they leave together.
constexpr std::size_t copied_max = 8UL * 1024;

/// So much of a request's body is sent with one call, if so much has come.
constexpr std::size_t sent_together = 64UL * 1024;

}  // namespace

// --- To and fro.

/// \return whether another stage has begun.
bool Exchange::exchange() {
  if (pump_request() == Flow::turned || pump_answer() == Flow::turned) return true;
  if (!connection_->watch()) {
    ran_short();
    return true;
  }
  flush();
  return stage_ != Stage::exchanging || allowance_ <= 0;
}

Exchange::Flow Exchange::pump_request() {
  for (;;) {
    if (takes_more() && take_streamed()) {
      if (stage_ != Stage::exchanging) return Flow::turned;
      continue;
    }
    if (back_.output().empty() || send_failed_) return Flow::stalled;
    if (send_request() == Flow::turned) return Flow::turned;
    if (!back_.output().empty() || allowance_ <= 0) return Flow::stalled;
  }
}

/// Before anything has reached a server, nothing is taken that could not be sent again.
bool Exchange::takes_more() const noexcept {
  return streams_ && was_sent_ && !send_failed_ && allowance_ > 0 &&
         back_.output().size() < sent_together;
}

/// Takes the next of a body that streams. \return false: there is no more for now, or what there
/// was is to be sent first.
bool Exchange::take_streamed() {
  switch (front_.next()) {
    case ServerSession::Step::body: gather(front_.body_piece()); return true;
    case ServerSession::Step::request:
      write_gathered();
      streams_ = false;
      back_.end_request();
      return true;
    case ServerSession::Step::need_bytes:
      write_gathered();
      return back_.output().empty() && receive_request();
    default:  // The request breaks off or is malformed: the server is not to blame.
      abandon();
      stage_ = Stage::asking;
      return true;
  }
}

/// Small pieces become large ones.
void Exchange::gather(std::string_view piece) {
  allowance_ -= piece_charge;
  gathered_ += piece.substr(0, piece.size() < copied_max ? piece.npos : 0);
  if (piece.size() < copied_max && gathered_.size() < sent_together) return;
  write_gathered();
  if (piece.size() >= copied_max) back_.write_body(piece);
}

void Exchange::write_gathered() {
  if (gathered_.empty()) return;
  back_.write_body(gathered_);
  gathered_.clear();
}

Exchange::Flow Exchange::send_request() {
  while (!back_.output().empty() && connection_->may_send()) {
    const ssize_t size = connection_->send(back_.output());
    if (size >= 0) {
      if (!was_sent_) ++sent_count_;
      was_sent_ = true;
      server_moved_at_ = forwarder_.loop().now();
      if (!is_held_) asked_at_ = server_moved_at_;
      if (record_.connected < Duration{0}) record_.connected = server_moved_at_ - permitted_at_;
      back_.sent(static_cast<std::size_t>(size));
      allowance_ -= size;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      if (!connection_->is_connected()) return connect_failed(errno), Flow::turned;
      // It has closed or reset the connection, but may have answered before.
      send_failed_ = true;
      break;
    }
  }
  return Flow::stalled;
}

Exchange::Flow Exchange::pump_answer() {
  for (;;) {
    switch (back_.next()) {
      case ClientSession::Step::need_bytes:
        if (front_.output().size() >= settings_.read_ahead_max) flush();
        if (stage_ != Stage::exchanging) return Flow::turned;
        if (front_.output().size() >= settings_.read_ahead_max) return Flow::stalled;
        if (allowance_ <= 0) return Flow::stalled;
        if (!receive_answer()) {
          if (stage_ != Stage::exchanging) return Flow::turned;
          if (send_failed_) return server_failed(TrafficSign::reset, "the server reset");
          return Flow::stalled;
        }
        break;
      case ClientSession::Step::interim: pass_interim(); break;
      case ClientSession::Step::head:
        if (take_answer_head() == Flow::turned) return Flow::turned;
        break;
      case ClientSession::Step::body:
        pass_body(back_.body_piece());
        if (stage_ != Stage::exchanging) return Flow::turned;
        break;
      case ClientSession::Step::done:
        if (back_.head().line.status == 101) return switch_protocols();
        return finish_answer();
      case ClientSession::Step::failed: return server_failed(TrafficSign::reset, back_.failure());
    }
  }
}

/// \return whether anything has come: bytes or the end.
bool Exchange::receive_answer() {
  if (!connection_->may_receive()) return false;
  const ssize_t size = connection_->receive(back_.space());
  if (size > 0) {
    server_moved_at_ = forwarder_.loop().now();
    back_.received(static_cast<std::size_t>(size));
    allowance_ -= size;
  } else if (size == 0) {
    back_.end_of_input();
  } else if (errno == EAGAIN) {
    return false;
  } else if (errno != EINTR) {
    if (connection_->is_connected()) {
      server_failed(TrafficSign::reset, "the server reset");
    } else {
      connect_failed(errno);
    }
    return false;
  }
  return true;
}

void Exchange::pass_interim() {
  const ResponseHead& head = back_.head();
  answer_fields_.set_response(head);
  front_.forward_interim(
      {.status = head.line.status, .reason = head.line.reason, .fields = answer_fields_.all()});
  has_answer_ |= !front_.output().empty();
}

Exchange::Flow Exchange::take_answer_head() {
  const ResponseHead& head = back_.head();
  const TimePoint now = forwarder_.loop().now();
  if (!is_server_failure(head.line.status))
    forwarder_.router().answering(server_, now - (is_held_ ? permitted_at_ : asked_at_), now);
  if (record_.first_byte < Duration{0})
    record_.first_byte = now - permitted_at_ - record_.connected;
  is_pinned_ |= brings_auth_ || asks_for_connection_auth(head);
  answer_fields_.set_response(head);
  if (settings_.names_server)
    answer_fields_.add("X-Brood-Server", forwarder_.router().settings_of(server_).name);
  if (head.line.status == 101) return Flow::stalled;
  OutgoingResponse answer{
      .status = head.line.status, .reason = head.line.reason, .fields = answer_fields_.all()};
  if (head.framing == Framing::length) {
    answer.content_length = head.content_length;
  } else if (head.framing == Framing::none) {
    answer.content_length = told_length(head);
  }
  has_answer_ = true;
  sending_.start();
  if (front_.begin_forwarded(answer)) return Flow::stalled;
  return server_failed(TrafficSign::reset, "the answer cannot be passed on");
}

void Exchange::pass_body(std::string_view piece) {
  allowance_ -= piece_charge;
  // What has no length goes through the session, which puts it into chunks.
  if (piece.size() <= copied_max || !front_.body_is_sized() || !client_->may_send())
    return front_.write_body(piece);
  const std::size_t head_size = front_.output().size();
  const ssize_t size = client_->send(front_.output(), piece);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return front_.write_body(piece);
    return lost("the client left");
  }
  const auto sent = static_cast<std::size_t>(size);
  sending_.moved(sent, forwarder_.loop().now());
  sent_ += sent;
  allowance_ -= size;
  front_.sent(std::min(sent, head_size));
  if (sent < head_size) return front_.write_body(piece);
  front_.body_sent(sent - head_size);
  front_.write_body(piece.substr(sent - head_size));
}

Exchange::Flow Exchange::finish_answer() {
  const ServerId server = server_;  // Which a client that is lost now would take along.
  const bool is_failure = is_server_failure(back_.head().line.status);
  forwarder_.saw(server_, is_failure ? TrafficSign::status_5xx : TrafficSign::answered);
  front_.end_response();
  release_server();
  streams_ = false;
  stage_ = Stage::delivering;
  flush();
  give_back(is_failure ? Outcome::failed : Outcome::answered);
  trim_kept(server);  // Now that whoever waited for the place has taken the connection.
  return Flow::turned;
}

void Exchange::release_server() {
  const bool is_reusable = back_.may_be_reused() && !connection_->has_ended() && !send_failed_;
  if (is_reusable && is_pinned_) {
    client_->pin(std::move(connection_));
  } else if (is_reusable) {
    commons_.pool().put(std::move(connection_));
  } else {
    connection_->forget();
    drop_server();
  }
}

void Exchange::trim_kept(ServerId server) {
  commons_.pool().trim(server, idle_connections_max(forwarder_.router().view(server)));
}

Exchange::Flow Exchange::switch_protocols() {
  if (request_fields_.upgrade().empty())
    return server_failed(TrafficSign::reset, "the server upgrades unasked");
  if (send_failed_) return server_failed(TrafficSign::reset, "the server reset");
  // The other protocol begins behind the request (RFC 9110, section 7.8).
  if (streams_ || !back_.output().empty()) return Flow::stalled;
  if (!connection_->watch()) return ran_short(), Flow::turned;
  const ResponseHead& head = back_.head();
  front_.switch_protocols({.status = head.line.status,
                           .reason = head.line.reason,
                           .fields = answer_fields_.all(),
                           .upgrade = answer_fields_.upgrade()});
  stage_ = Stage::tunnelling;
  return Flow::turned;
}

Tunnel::Begin Exchange::take_tunnel() {
  has_permit_ = false;
  stage_ = Stage::over;
  if (forwarder_.settings().has_access_log) record_.client = client_->name();
  return {.connection = std::move(connection_),
          .to_client = std::string(front_.output()).append(back_.unread()),
          .to_server = std::string(front_.unread()),
          .permitted_at = permitted_at_,
          .began_at = began_at_,
          .record = std::move(record_)};
}

// --- Waiting for the server.

void Exchange::on_server(ServerConnection&) {
  client_->advance();
}

void Exchange::await_server() {
  const TimePoint now = forwarder_.loop().now();
  if (!connection_->is_connected())
    return connection_->set_deadline(permitted_at_ + forwarder_.settings().connect_timeout);
  const bool awaits_client = (streams_ && back_.output().empty() && !send_failed_) ||
                             front_.output().size() >= settings_.read_ahead_max;
  if (awaits_client) server_moved_at_ = now;
  connection_->set_deadline(
      awaits_client ? never : server_moved_at_ + forwarder_.settings().server_timeout);
}

void Exchange::on_server_deadline(ServerConnection&) {
  if (connection_->is_connected()) {
    server_failed(TrafficSign::timed_out, "the server's time is over");
  } else {
    connect_failed(ETIMEDOUT);
  }
  client_->advance();
}

}  // namespace brood
