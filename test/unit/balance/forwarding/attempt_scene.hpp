#pragma once
// A server and a client for an Attempt, by script, without a socket: each carries out what is asked
// for, until there is nothing to do without waiting, and can fail at any step.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <deque>
#include <string>
#include <string_view>

#include "balance/forwarding/attempt.hpp"

namespace brood::forwarding_test {

inline constexpr TimePoint start{1'000'000'000'000};

inline const OutgoingRequest get{.method = "GET", .target = "/", .host = "a.example"};

class AttemptScene {
 public:
  using Action = Attempt::Action;
  using Event = Attempt::Event;
  using Kind = Event::Kind;

  bool begin(const OutgoingRequest& request, bool was_kept = false, bool is_held = true,
             std::string_view held = {}) {
    return attempt.start({.request = request,
                          .held = held,
                          .is_held = is_held,
                          .was_kept = was_kept,
                          .permitted_at = start},
                         now);
  }

  /// Goes on until it waits or is over. \return the last action.
  Action run() {
    Event event;
    for (;;) {
      const Action action = attempt.resume(event, now);
      if (action == Action::wait || is_last(action)) return action;
      event = step_ == fail_at && is_io(action) ? failure : carry_out(action);
      if (is_io(action)) ++step_;
    }
  }
  static bool is_last(Action action) {
    return action == Action::answered || action == Action::switched || action == Action::failed;
  }
  int io_steps() const { return step_; }

  Attempt attempt{SessionLimits{}};
  TimePoint now = start;
  // What the script has.
  std::deque<std::string> answer;  ///< What the server says, each received by itself.
  bool server_ends = false;        ///< Behind that.
  std::deque<std::string> body;    ///< What the client sends of it, each received by itself.
  bool body_ends = true;           ///< Behind that.
  std::size_t room = ~0UL;         ///< So many bytes the server takes; then it is blocked.
  int fail_at = -1;                ///< At this send or receive, counted from 0,
  Event failure;                   ///< this happens instead.
  bool is_http_1_0 = false;        ///< The client gets nothing of an interim head.
  // What came of it.
  std::string sent;               ///< To the server.
  std::deque<std::size_t> sizes;  ///< Of each send.
  std::string passed;             ///< Statuses and pieces, to the client.

 private:
  static bool is_io(Action action) { return action == Action::send || action == Action::receive; }

  Event carry_out(Action action) {
    switch (action) {
      case Action::take_body: return take_body();
      case Action::receive_body:
        if (body.empty() && !body_ends) return {.kind = Kind::blocked};
        is_received_ = true;
        return {.kind = Kind::received_body};
      case Action::send: return send();
      case Action::receive: return receive();
      case Action::interim:
        passed += std::to_string(attempt.head().line.status) + " ";
        return {.kind = Kind::passed, .size = is_http_1_0 ? 0UL : 1UL};
      case Action::head:
        passed += std::to_string(attempt.head().line.status) + " ";
        return {.kind = Kind::passed, .size = 1};
      case Action::body:
        passed += attempt.session().body_piece();
        return {.kind = Kind::passed, .size = 1};
      default: BOOST_FAIL("nothing to carry out"); return {};
    }
  }

  Event take_body() {
    if (!std::exchange(is_received_, false)) return {.kind = Kind::needs_bytes};
    if (body.empty()) return {.kind = Kind::body_ended};
    piece_ = body.front();
    body.pop_front();
    return {.kind = Kind::body, .text = piece_};
  }

  Event send() {
    const std::string_view output = attempt.session().output().substr(0, room);
    if (output.empty()) return {.kind = Kind::blocked};
    if (room != ~0UL) room -= output.size();
    sent += output;
    sizes.push_back(output.size());
    return {.kind = Kind::sent, .size = output.size()};
  }

  Event receive() {
    if (answer.empty()) return {.kind = server_ends ? Kind::ended : Kind::blocked};
    const std::string bytes = answer.front();
    answer.pop_front();
    BOOST_REQUIRE(attempt.session().space().size() >= bytes.size());
    std::ranges::copy(bytes, attempt.session().space().begin());
    return {.kind = Kind::received, .size = bytes.size()};
  }

  int step_ = 0;
  bool is_received_ = false;
  std::string piece_;
};

}  // namespace brood::forwarding_test
