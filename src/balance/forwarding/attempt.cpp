#include "balance/forwarding/attempt.hpp"

#include <cerrno>

namespace brood {
namespace {

/// Larger pieces of a body are sent from the buffer that they were received into; smaller ones are
/// copied behind each other, so that they leave together.
constexpr std::size_t copied_max = 8UL * 1024;

/// So much of a request's body is sent with one call, if so much has come.
constexpr std::size_t sent_together = 64UL * 1024;

}  // namespace

bool Attempt::start(const Begin& begin, TimePoint now) {
  session_.start();
  gathered_.clear();
  failure_ = {};
  at_ = {.permitted = begin.permitted_at, .asked = now, .moved = now};
  is_held_ = begin.is_held;
  streams_ = !begin.is_held;
  was_kept_ = begin.was_kept;
  wants_upgrade_ = !begin.request.upgrade.empty();
  body_waits_ = was_sent_ = send_failed_ = has_answer_ = false;
  if (!begin.introduction.empty()) session_.introduce(begin.introduction);
  if (!session_.begin_request(begin.request)) return false;
  session_.write_body(begin.held);
  if (!streams_) session_.end_request();
  return true;
}

Attempt::Action Attempt::resume(const Event& event, TimePoint now) {
  using enum Event::Kind;
  switch (event.kind) {
    case go:
      is_sending_ = true;
      body_waits_ = false;
      break;
    case body: gather(event.text); break;
    case body_ended:
      write_gathered();
      streams_ = false;
      session_.end_request();
      break;
    case needs_bytes:
      // What there is goes first.
      write_gathered();
      if (session_.output().empty()) return action_ = Action::receive_body;
      return action_ = Action::send;
    case received_body: break;
    case sent:
      if (at_.connected == never) at_.connected = now;
      was_sent_ = true;
      at_.moved = now;
      if (!is_held_) at_.asked = now;
      session_.sent(event.size);
      break;
    case received:
      at_.moved = now;
      session_.received(event.size);
      break;
    case ended: session_.end_of_input(); break;
    case passed: has_answer_ |= event.size > 0; break;
    case refused: has_answer_ = true; return fail(TrafficSign::reset, event.text);
    case blocked: return this->blocked(now);
    case paused:
      if (!is_sending_) return action_ = Action::wait;
      is_sending_ = false;
      break;
    case failed: return broken(event.error, now);
    case timed_out:
      if (!is_connected()) return fail(TrafficSign::connect_failed, "connect failed", ETIMEDOUT);
      return fail(TrafficSign::timed_out, "the server's time is over");
  }
  return action_ = next(now);
}

Attempt::Action Attempt::next(TimePoint now) {
  if (!is_sending_) return next_of_answer(now);
  const bool may_send = !send_failed_;
  // Before anything has reached a server, nothing is taken that could not be sent again.
  if (streams_ && was_sent_ && may_send && !body_waits_ && session_.output().size() < sent_together)
    return Action::take_body;
  if (!session_.output().empty() && may_send) return Action::send;
  is_sending_ = false;
  return next_of_answer(now);
}

Attempt::Action Attempt::next_of_answer(TimePoint now) {
  switch (session_.next()) {
    case ClientSession::Step::need_bytes: return Action::receive;
    case ClientSession::Step::interim: return Action::interim;
    case ClientSession::Step::head:
      at_.answered = now;
      // Whether it may be passed on is known when it is whole, as a tunnel begins there.
      return head().line.status == 101 ? next_of_answer(now) : Action::head;
    case ClientSession::Step::body: return Action::body;
    case ClientSession::Step::done:
      return head().line.status == 101 ? switch_protocols() : Action::answered;
    case ClientSession::Step::failed: break;
  }
  return fail(TrafficSign::reset, session_.failure());
}

Attempt::Action Attempt::switch_protocols() {
  if (!wants_upgrade_) return fail(TrafficSign::reset, "the server upgrades unasked");
  if (send_failed_) return fail(TrafficSign::reset, "the server reset");
  // The other protocol begins behind the request (RFC 9110, section 7.8).
  return streams_ || !session_.output().empty() ? Action::wait : Action::switched;
}

/// What was to be done last must wait.
Attempt::Action Attempt::blocked(TimePoint now) {
  if (action_ == Action::receive) {
    if (send_failed_) return fail(TrafficSign::reset, "the server reset");
    return action_ = Action::wait;
  }
  body_waits_ = true;
  if (action_ == Action::send) is_sending_ = false;
  return action_ = next(now);
}

Attempt::Action Attempt::broken(int error, TimePoint now) {
  if (!is_connected()) return fail(TrafficSign::connect_failed, "connect failed", error);
  if (action_ == Action::receive) return fail(TrafficSign::reset, "the server reset");
  // It has closed or reset the connection, but may have answered before.
  send_failed_ = true;
  return action_ = next(now);
}

Attempt::Action Attempt::fail(TrafficSign sign, std::string_view how, int error) {
  failure_ = {.phase = phase(sign), .sign = sign, .error = error, .how = how};
  return action_ = Action::failed;
}

RetryPhase Attempt::phase(TrafficSign sign) const noexcept {
  if (has_answer_) return RetryPhase::forwarding;
  if (session_.in_response()) return RetryPhase::answering;
  if (sign == TrafficSign::timed_out) return RetryPhase::timed_out;
  if (was_kept_) return RetryPhase::sending_stale;
  if (!was_sent_) return RetryPhase::connecting;
  return session_.output().empty() && !streams_ ? RetryPhase::awaiting : RetryPhase::sending;
}

bool Attempt::has_waited() const noexcept {
  return was_sent_ && !streams_ && session_.output().empty() && !has_answer_ &&
         !session_.in_response();
}

TimePoint Attempt::deadline(Duration connect_timeout, Duration server_timeout, bool client_is_full,
                            TimePoint now) noexcept {
  if (!is_connected()) return at_.permitted + connect_timeout;
  if (!client_is_full && !awaits_body()) return at_.moved + server_timeout;
  at_.moved = now;
  return never;
}

void Attempt::note(AccessRecord& record) const noexcept {
  const auto since = [](TimePoint begin, TimePoint end) {
    return begin == never || end == never ? Duration{-1} : end - begin;
  };
  record.connected = since(at_.permitted, at_.connected);
  record.first_byte = since(at_.connected, at_.answered);
}

/// Small pieces become large ones.
void Attempt::gather(std::string_view piece) {
  const bool is_small = piece.size() < copied_max;
  if (is_small) gathered_ += piece;
  if (is_small && gathered_.size() < sent_together) return;
  write_gathered();
  if (!is_small) session_.write_body(piece);
}

void Attempt::write_gathered() {
  if (gathered_.empty()) return;
  session_.write_body(gathered_);
  gathered_.clear();
}

}  // namespace brood
