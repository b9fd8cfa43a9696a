#pragma once
// One request on its way to a server that answers it, without descriptors: its permit, the servers
// that have failed it, its body as far as it is held, whether it is tried again, its line in the
// access log.
//
//            asked               permit               answered
//   (idle) --------> waiting -----------> connecting -----------> (idle)
//                       |  ^                  |  its queue is full: asked again
//    nobody, too late   |  +------------------+  failed: decide_retry()
//                       +--> refuse           +--> refuse, or cut where the client has some of it

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "balance/forwarding/access_record.hpp"
#include "balance/forwarding/forward_settings.hpp"
#include "balance/forwarding/permit.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/retry.hpp"
#include "http/request_line.hpp"

namespace brood {

/// The rules that requests of one thread are routed by: all of them pure.
struct RoutingRules {
  Dispatcher& dispatcher;
  const Router& router;
  RetryBudget& budget;
  const ForwardSettings& settings;
};

/// Serves one request after another and keeps its memory between them. Pure: `resume(event)` gives
/// an action, and the event after it says how it went.
class RoutedRequest {
 public:
  struct Event {
    enum class Kind : std::uint8_t {
      asked,           ///< It wants a permit; `key` says which.
      woken,           ///< See the constructor.
      late,            ///< deadline() has passed.
      connect_failed,  ///< With this `error`, before a byte was sent.
      failed,          ///< In this `phase`, with this `sign`; `how` in static words.
      ran_short,       ///< Something of our own is missing, in this `phase`.
      unsendable,      ///< It must not reach the wire.
      answered,        ///< `is_failure`: is_server_failure().
      given_up,        ///< The client has gone or breaks off; `has_waited` for the server.
    };
    Kind kind = Kind::woken;
    RequestKey key{};  ///< Also with what may have it tried again.
    int error = 0;
    RetryPhase phase = RetryPhase::connecting;
    TrafficSign sign = TrafficSign::answered;
    std::string_view how{};
    bool was_sent = false;  ///< A byte of it, by this attempt.
    bool is_failure = false;
    bool has_waited = false;
  };

  struct Action {
    enum class Next : std::uint8_t {
      wait,     ///< Until deadline(): for a permit, or for room in a server's queue.
      connect,  ///< To server(), of which it has a permit.
      refuse,   ///< The client is answered with `status`. It holds nothing any more.
      cut,      ///< The client gets no more of the answer that it has some of. Likewise.
      rest,     ///< It holds nothing any more.
    };
    Next next = Next::wait;
    int status = 0;
    std::string_view why{};             ///< Static words, for client and access log.
    std::optional<TrafficSign> sign{};  ///< What `server` has shown.
    ServerId server = no_server;
    bool found_nobody = false;  ///< No server can be reached.
  };
  using Next = Action::Next;

  /// \param wake As of Permit: resume(woken) then.
  RoutedRequest(const RoutingRules& rules, std::function<void()> wake)
      : rules_(rules), permit_(rules.dispatcher, rules.settings.queue_timeout, std::move(wake)) {}

  /// A request that begins with this line, whose first byte came then.
  void start(const RequestLine& line, TimePoint began_at);
  /// More of its body, which is sent to whoever is tried.
  void hold(std::string_view piece) { held_ += piece; }
  /// The rest of the body is passed on as it comes.
  void hold_no_more() noexcept { is_held_ = false; }

  Action resume(const Event& event, TimePoint now);

  ServerId server() const noexcept { return permit_.server(); }
  bool is_idempotent() const noexcept { return is_idempotent_; }
  const std::string& held() const noexcept { return held_; }
  bool is_held() const noexcept { return is_held_; }
  /// A kept connection has turned out to be closed: this time it is a new one.
  bool wants_fresh() const noexcept { return wants_fresh_; }
  TimePoint permitted_at() const noexcept { return permit_.granted_at(); }
  TimePoint began_at() const noexcept { return began_at_; }
  /// While it waits.
  TimePoint deadline() const noexcept { return deadline_; }
  /// Somebody else answers for its permit from now on.
  void hand_over_permit() noexcept { permit_.hand_over(); }
  /// Its line in the access log, as far as it is known.
  AccessRecord& record() noexcept { return record_; }

 private:
  Action asked(const RequestKey& key, TimePoint now);
  Action heard(TimePoint now);
  Action late(TimePoint now);
  Action connect_failed(const Event& event, TimePoint now);
  Action ran_short(const Event& event, TimePoint now);
  Action fail(const Event& event, TimePoint now);
  Action again(const RetryDecision& decision, const RequestKey& key, TimePoint now);

  RoutingRules rules_;
  Permit permit_;
  std::string held_;
  AccessRecord record_;
  TimePoint began_at_;
  TimePoint deadline_ = never;
  std::uint32_t sent_count_ = 0;
  bool is_idempotent_ = false;
  bool is_held_ = true;
  bool wants_fresh_ = false;
};

}  // namespace brood
