#include "balance/forwarding/routed_request.hpp"

#include <cerrno>
#include <utility>

#include "balance/forwarding/busy_server.hpp"
#include "os/shortage.hpp"

namespace brood {

void RoutedRequest::start(const RequestLine& line, TimePoint began_at) {
  if (rules_.settings.has_access_log) {
    ((record_.request = line.method) += ' ') += line.target;
    record_.request += line.is_http_1_0 ? " HTTP/1.0" : " HTTP/1.1";
  }
  held_.clear();
  is_idempotent_ = brood::is_idempotent(line.method);
  is_held_ = true;
  began_at_ = began_at;
}

RoutedRequest::Action RoutedRequest::resume(const Event& event, TimePoint now) {
  switch (event.kind) {
    case Event::Kind::asked: return asked(event.key, now);
    case Event::Kind::woken: return heard(now);
    case Event::Kind::late: return late(now);
    case Event::Kind::connect_failed: return connect_failed(event, now);
    case Event::Kind::failed: return fail(event, now);
    case Event::Kind::ran_short: return ran_short(event, now);
    case Event::Kind::unsendable:
      permit_.release(Outcome::not_sent, now);
      return {.next = Next::refuse, .status = 400, .why = "the request cannot be passed on"};
    case Event::Kind::answered:
      permit_.release(event.is_failure ? Outcome::failed : Outcome::answered, now);
      return {.next = Next::rest,
              .sign = event.is_failure ? TrafficSign::status_5xx : TrafficSign::answered,
              .server = server()};
    case Event::Kind::given_up:
      permit_.release(event.has_waited ? Outcome::unanswered : Outcome::given_up, now);
      break;
  }
  return {.next = Next::rest};
}

// --- A permit.

RoutedRequest::Action RoutedRequest::asked(const RequestKey& key, TimePoint now) {
  rules_.budget.requested(now);
  sent_count_ = 0;
  wants_fresh_ = false;
  permit_.start();
  permit_.acquire(key, now);
  return heard(now);
}

RoutedRequest::Action RoutedRequest::heard(TimePoint now) {
  if (!permit_.is_held()) deadline_ = permit_.deadline();
  const Permit::News news = permit_.news(now);
  if (news == Permit::News::none) return {.next = Next::wait};
  record_.server = server();
  if (news == Permit::News::turned_away)
    return {.next = Next::refuse,
            .status = 503,
            .why = permit_.why_turned_away(),
            .found_nobody = permit_.has_found_nobody()};
  if (record_.queued < Duration{0}) record_.queued = permitted_at() - began_at_;
  return {.next = Next::connect};
}

RoutedRequest::Action RoutedRequest::late(TimePoint now) {
  if (permit_.has_news()) return heard(now);
  if (permit_.is_held()) return {.next = Next::connect};
  permit_.release(Outcome::not_sent, now);
  return {.next = Next::refuse, .status = 503, .why = "no server was free in time"};
}

// --- What becomes of it where a server fails: the retry table's decision.

RoutedRequest::Action RoutedRequest::connect_failed(const Event& event, TimePoint now) {
  if (is_shortage(event.error)) return ran_short(event, now);
  const TimePoint until = permitted_at() + rules_.settings.connect_timeout;
  if (is_worth_another_try(event.error, now, until)) {
    deadline_ = next_try(permitted_at(), now, until);
    return {.next = Next::wait};
  }
  Event failure = event;
  failure.how = event.error == EAGAIN ? "its queue is full" : "connect failed";
  failure.sign = TrafficSign::connect_failed;
  Action action = fail(failure, now);
  // Busy is not dead.
  if (event.error == EAGAIN) action.sign.reset();
  return action;
}

/// Nobody is to blame, and what a server may have seen is not sent again.
RoutedRequest::Action RoutedRequest::ran_short(const Event& event, TimePoint now) {
  constexpr std::string_view why = "out of descriptors, ports or memory";
  permit_.release(Outcome::not_sent, now);
  if (event.phase == RetryPhase::forwarding) return {.next = Next::cut, .why = why};
  return {.next = Next::refuse, .status = event.was_sent ? 502 : 503, .why = why};
}

RoutedRequest::Action RoutedRequest::fail(const Event& event, TimePoint now) {
  const ServerId failed = server();
  if (event.was_sent) ++sent_count_;
  permit_.add_tried();
  RetryFacts facts{.phase = event.phase,
                   .is_idempotent = is_idempotent_ || !event.was_sent,
                   .is_body_held = is_held_ || !event.was_sent,
                   .has_other_server = rules_.router.has_other(permit_.tried()),
                   .sent_count = sent_count_};
  if (is_retry_paid(event.phase) && decide_retry(facts).verdict != RetryVerdict::answer)
    facts.has_budget =
        record_.retries < rules_.settings.retries_max && rules_.budget.may_retry(now);
  const RetryDecision decision = decide_retry(facts);
  const bool is_begun = event.phase == RetryPhase::forwarding;
  Action action;
  if (decision.verdict == RetryVerdict::answer) {
    permit_.release(is_begun ? Outcome::broken_off : Outcome::failed, now);
    action = {.next = decision.status != 0 ? Next::refuse : Next::cut,
              .status = decision.status,
              .why = event.how};
  } else {
    action = again(decision, event.key, now);
  }
  // A kept connection may be closed at any time: that says nothing of the server.
  if (event.phase != RetryPhase::sending_stale) action.sign = event.sign;
  action.server = failed;
  return action;
}

RoutedRequest::Action RoutedRequest::again(const RetryDecision& decision, const RequestKey& key,
                                           TimePoint now) {
  ++record_.retries;
  record_.retry_reason = decision.reason;
  record_.connected = record_.first_byte = Duration{-1};
  wants_fresh_ = decision.verdict == RetryVerdict::same_server;
  if (wants_fresh_) {
    permit_.tried().pop_back();
    return {.next = Next::connect};
  }
  permit_.move_on(key, decision.reason, now);
  return heard(now);
}

}  // namespace brood
