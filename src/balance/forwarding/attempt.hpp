#pragma once
// One try at one server, without its descriptor: what is said there, what comes back, how far it
// came. It is told what has happened, and says what to do next:
//
//   go -> (take_body, receive_body, send)* -> (receive, interim, head, body)* -> answered |
//   switched
//          the request, as far as it goes       the answer, as far as it goes  -> wait, then go
//          again
//                                                                              -> failed
//
// A request's body may still be on its way when the answer comes.

#include <cstdint>
#include <string>
#include <string_view>

#include "balance/forwarding/access_record.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/retry.hpp"
#include "base/clock.hpp"
#include "http/client_session.hpp"

namespace brood {

/// Serves one attempt after another and keeps its memory between them. Pure: `resume(event)` gives
/// an action; whoever carries it out says how it went by the next event.
class Attempt {
 public:
  enum class Action : std::uint8_t {
    take_body,     ///< The next of a body that is passed on: body, body_ended, needs_bytes.
    receive_body,  ///< More of it from the client: received_body or blocked.
    send,          ///< The session's output to the server: sent, blocked, paused or failed.
    receive,       ///< Into its space: received, ended, blocked, paused or failed.
    interim,       ///< Pass head() on: passed.
    head,          ///< Likewise: passed or refused.
    body,          ///< Pass the session's piece of a body on: passed.
    wait,          ///< Nothing more without waiting; go when something has become possible.
    answered,      ///< The answer is whole.
    switched,      ///< Likewise, and the connection is no longer HTTP: what is unread is behind it.
    failed,        ///< See failure().
  };

  struct Event {
    enum class Kind : std::uint8_t {
      go,             ///< The first, and after `wait`.
      body,           ///< `text` is the next of the request's body.
      body_ended,     ///< There is no more of it.
      needs_bytes,    ///< There is more, but it must be received first.
      received_body,  ///< Some of it was.
      sent,           ///< `size` bytes.
      received,       ///< `size` bytes.
      ended,          ///< The server sends no more.
      passed,         ///< The client has it; `size` is 0 where it gets nothing of an interim head.
      refused,        ///< It cannot be passed on: `text` says why, in static words.
      blocked,        ///< It cannot be done without waiting.
      paused,         ///< It is not to be done now: for the client, or because others have a turn.
      failed,         ///< With this `error`.
      timed_out,
    };
    Kind kind = Kind::go;
    std::size_t size = 0;
    std::string_view text{};
    int error = 0;
  };

  struct Begin {
    OutgoingRequest request;
    std::string_view introduction{};  ///< Goes before it: a PROXY header.
    std::string_view held{};          ///< Its body, or what has come of it.
    bool is_held = true;              ///< That is all of it; the rest is passed on as it comes.
    bool was_kept = false;            ///< The connection has carried an exchange before.
    TimePoint permitted_at;
  };

  struct Failure {
    RetryPhase phase = RetryPhase::connecting;
    TrafficSign sign = TrafficSign::reset;
    int error = 0;         ///< With which connecting has failed; 0: it was connected.
    std::string_view how;  ///< Static words.
  };

  explicit Attempt(const SessionLimits& limits) : session_(limits) {}

  /// \return false: the request must not reach the wire.
  bool start(const Begin& begin, TimePoint now);
  Action resume(const Event& event, TimePoint now);

  /// What an action says to send, where to receive, what to pass on.
  ClientSession& session() noexcept { return session_; }
  const ResponseHead& head() const noexcept { return session_.head(); }
  const Failure& failure() const noexcept { return failure_; }

  /// A byte of the request has reached the connection.
  bool was_sent() const noexcept { return was_sent_; }
  bool is_connected() const noexcept { return was_sent_ || was_kept_; }
  /// The client has some of the answer.
  bool has_answer() const noexcept { return has_answer_; }
  /// Whether the client has said all, and nothing has come: it can have waited for the server.
  bool has_waited() const noexcept;
  /// Whether it is the client's turn: all that has come of its body has gone.
  bool awaits_body() const noexcept {
    return streams_ && session_.output().empty() && !send_failed_;
  }
  /// Whether the connection can carry another exchange, as far as this one can tell.
  bool leaves_reusable() const noexcept { return session_.may_be_reused() && !send_failed_; }

  /// When to give the server up. \param client_is_full It is the client who is waited for.
  TimePoint deadline(Duration connect_timeout, Duration server_timeout, bool client_is_full,
                     TimePoint now) noexcept;
  /// How long it took to connect, and from there to the head of the answer.
  void note(AccessRecord& record) const noexcept;
  /// How long the server has had for its answer: what was not sent yet cannot be answered.
  Duration latency(TimePoint now) const noexcept {
    return now - (is_held_ ? at_.permitted : at_.asked);
  }

 private:
  Action next(TimePoint now);
  Action next_of_answer(TimePoint now);
  Action blocked(TimePoint now);
  Action broken(int error, TimePoint now);
  Action fail(TrafficSign sign, std::string_view how, int error = 0);
  Action switch_protocols();
  void gather(std::string_view piece);
  void write_gathered();
  RetryPhase phase(TrafficSign sign) const noexcept;

  ClientSession session_;
  std::string gathered_;  ///< Small pieces of the body, to leave together.
  Failure failure_;
  struct {
    TimePoint permitted;
    TimePoint asked;  ///< The server has had all that it has had since then.
    TimePoint moved;  ///< It has taken or sent something.
    TimePoint connected = never;
    TimePoint answered = never;  ///< The head of its answer came.
  } at_;
  Action action_ = Action::wait;  ///< The last one.
  bool is_held_ = true;
  bool was_kept_ = false;
  bool wants_upgrade_ = false;
  bool streams_ = false;     ///< More of the request's body is to come.
  bool is_sending_ = false;  ///< The request is gone on with, not the answer.
  bool body_waits_ = false;  ///< For the client, until the next `go`.
  bool was_sent_ = false;
  bool send_failed_ = false;  ///< The server takes no more; an answer may be there.
  bool has_answer_ = false;
};

}  // namespace brood
