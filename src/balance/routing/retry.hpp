#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace brood {

/// How far an exchange had come when it failed.
enum class RetryPhase : std::uint8_t {
  connecting,     ///< No byte of the request has reached a server.
  sending_stale,  ///< On a kept connection that turned out to be closed: no answer byte came.
  sending,        ///< Some of the request may have been seen; no answer byte came.
  awaiting,       ///< All of it was sent; no answer byte came.
  timed_out,      ///< As awaiting, and the server's time is over.
  answering,      ///< Some of the answer came, none of it went to the client.
  forwarding,     ///< Some of the answer went to the client.
};

enum class RetryVerdict : std::uint8_t { elsewhere, same_server, answer };

struct RetryFacts {
  RetryPhase phase = RetryPhase::connecting;
  bool is_idempotent = false;  ///< By its method (RFC 9110, section 9.2.2).
  bool is_body_held = true;    ///< All of the body can be sent again; true if there is none.
  bool has_budget = true;
  bool has_other_server = true;  ///< Router::has_other().
  std::uint32_t sent_count = 1;  ///< How often a byte of it went to a server, this time included.
};

struct RetryDecision {
  RetryVerdict verdict = RetryVerdict::answer;
  int status = 502;         ///< With `answer`: 502, 503 or 504 (0: the connection is cut).
  std::string_view reason;  ///< Static words, for the log.

  friend bool operator==(const RetryDecision&, const RetryDecision&) = default;
};

/// A request that has been sent so often and failed each time is not sent again: it may be the
/// cause, and would take one server after the other with it.
inline constexpr std::uint32_t sent_count_max = 3;

/// The one table of retries. Never once a byte of a non-idempotent request may have been seen by a
/// server; never after the first byte of an answer went to the client.
RetryDecision decide_retry(const RetryFacts& facts) noexcept;

/// Whether a retry in this phase is paid for: RetryBudget::may_retry() is asked only then. Nothing
/// was sent, or a kept connection was found closed: such a retry asks no server to work twice.
bool is_retry_paid(RetryPhase phase) noexcept;

/// Whether a method may be sent twice (RFC 9110, section 9.2.2).
bool is_idempotent(std::string_view method) noexcept;

/// Retries that are always allowed, a second: all threads together (Finagle's default).
inline constexpr double retry_floor_per_second = 10;

/// A share of the requests of the last seconds may be retries, and a few always (Finagle's rule).
class RetryBudget {
 public:
  /// \param share 0.2: one retry for five requests. \param floor_per_second always allowed.
  RetryBudget(double share, double floor_per_second, TimePoint now) noexcept;
  void requested(TimePoint now) noexcept;
  bool may_retry(TimePoint now) noexcept;  ///< And takes it, if so.

 private:
  void fade(TimePoint now) noexcept;

  double share_;
  double floor_;
  double requests_ = 0;  ///< Of late, fading.
  double retries_ = 0;   ///< Likewise.
  TimePoint faded_at_;
};

}  // namespace brood
