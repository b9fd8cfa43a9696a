#include "balance/forwarding/routed_connection.hpp"

#include <cerrno>
#include <utility>

#include "balance/forwarding/busy_server.hpp"
#include "os/shortage.hpp"

namespace brood {
namespace {

/// Until a connect for which there was no descriptor is tried again.
constexpr Duration shortage_pause = std::chrono::milliseconds{50};

}  // namespace

RoutedConnection::RoutedConnection(Dispatcher& dispatcher, Router& router,
                                   const ForwardSettings& settings, TimePoint began_at,
                                   std::function<void()> wake)
    : router_(router),
      settings_(settings),
      permit_(dispatcher, settings.queue_timeout, std::move(wake)),
      began_at_(began_at) {
  permit_.start();
}

RoutedConnection::Action RoutedConnection::resume(const Event& event, TimePoint now) {
  switch (event.kind) {
    case Event::Kind::asked: return acquire(event.key, now);
    case Event::Kind::woken: return heard(now);
    case Event::Kind::late: return late(event.key, now);
    case Event::Kind::connect_failed: return connect_failed(event, now);
    case Event::Kind::failed:
      permit_.release(event.phase == RetryPhase::forwarding ? Outcome::broken_off : Outcome::failed,
                      now);
      return {.next = Next::rest, .sign = event.sign, .server = server()};
    case Event::Kind::answered:
      permit_.release(Outcome::answered, now);
      return {.next = Next::rest, .sign = TrafficSign::answered, .server = server()};
    default: permit_.release(Outcome::given_up, now); break;
  }
  return {.next = Next::rest};
}

RoutedConnection::Action RoutedConnection::acquire(const RequestKey& key, TimePoint now) {
  permit_.acquire(key, now);
  return heard(now);
}

RoutedConnection::Action RoutedConnection::heard(TimePoint now) {
  if (!is_pausing_ && !permit_.is_held()) deadline_ = permit_.deadline();
  const Permit::News news = permit_.news(now);
  if (news == Permit::News::none) return {.next = Next::wait};
  record_.server = server();
  if (news == Permit::News::turned_away)
    return {.next = Next::refuse,
            .why = permit_.why_turned_away(),
            .found_nobody = permit_.has_found_nobody()};
  if (record_.queued < Duration{0}) record_.queued = now - began_at_;
  return {.next = Next::connect};
}

RoutedConnection::Action RoutedConnection::late(const RequestKey& key, TimePoint now) {
  if (permit_.has_news()) return heard(now);
  if (permit_.is_held()) return {.next = Next::connect};
  if (std::exchange(is_pausing_, false)) {
    permit_.end_pause(now);
    return acquire(key, now);
  }
  permit_.release(Outcome::not_sent, now);
  return {.next = Next::refuse, .why = "queue-timeout"};
}

RoutedConnection::Action RoutedConnection::connect_failed(const Event& event, TimePoint now) {
  if (is_shortage(event.error)) return ran_short(now);
  const TimePoint until = permitted_at() + settings_.connect_timeout;
  if (is_worth_another_try(event.error, now, until)) {
    deadline_ = next_try(permitted_at(), now, until);
    return {.next = Next::wait};
  }
  const ServerId failed = server();
  // Busy is not dead.
  const bool is_busy = event.error == EAGAIN;
  ++record_.retries;
  record_.retry_reason = is_busy ? "its queue is full" : "connect failed";
  permit_.add_tried();
  // The course's balancer asks it again when a probe has passed.
  if (settings_.is_course && !is_busy) router_.set_available(failed, false, now);
  permit_.move_on(event.key, record_.retry_reason, now);
  Action action = heard(now);
  if (!is_busy) action.sign = TrafficSign::connect_failed;
  action.server = failed;
  return action;
}

/// Others that end will leave what was missing. The course's balancer does not wait.
RoutedConnection::Action RoutedConnection::ran_short(TimePoint now) {
  permit_.release(Outcome::not_sent, now);
  const TimePoint until = permit_.begin_pause(now);
  deadline_ = now + shortage_pause;
  if (settings_.is_course || deadline_ >= until)
    return {.next = Next::refuse, .why = "out of descriptors, ports or memory"};
  is_pausing_ = true;
  return {.next = Next::wait};
}

}  // namespace brood
