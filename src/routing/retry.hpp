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
  bool has_other_server = true;
};

struct RetryDecision {
  RetryVerdict verdict = RetryVerdict::answer;
  int status = 502;         ///< With `answer`: 502, 503 or 504 (0: the connection is cut).
  std::string_view reason;  ///< Static words, for the log.
};

/// The one table of retries. Never once a byte of a non-idempotent request may have been seen by a
/// server; never after the first byte of an answer went to the client.
RetryDecision decide_retry(const RetryFacts& facts) noexcept;

/// Whether a method may be sent twice (RFC 9110, section 9.2.2).
bool is_idempotent(std::string_view method) noexcept;

/// A share of the requests of the last seconds may be retries, and a few always (Finagle's rule).
class RetryBudget {
 public:
  /// \param share 0.2: one retry for five requests. \param floor_per_second always allowed.
  RetryBudget(double share, double floor_per_second, TimePoint now) noexcept;
  void requested(TimePoint now) noexcept;
  bool may_retry(TimePoint now) noexcept;  ///< And takes it, if so.
};

}  // namespace brood
