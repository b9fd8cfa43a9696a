#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// What may happen among clients, balancers and servers. The order is that of events of one
/// instant: places that become free are free for who comes then.
enum class BalanceEventKind : std::uint8_t {
  done,       ///< A server's next job is done.
  kept_over,  ///< A balancer's idle connections to a server have been kept for long enough.
  ready,      ///< A server's new worker is ready.
  condition,  ///< A server's condition is another one.
  refused,    ///< A connect has failed.
  probe_answered,
  probe_expired,
  probes_due,
  health_due,
  review_due,  ///< A balancer's queue is looked at again.
  board_due,   ///< All see anew how loaded the servers are.
  tick,        ///< The second of a server's regulator.
  look,        ///< Its look between two ticks.
  server_timeout,
  queue_timeout,
  client_timeout,
  arrival,
};

struct BalanceEvent {
  TimePoint at;
  BalanceEventKind kind = BalanceEventKind::arrival;
  std::uint32_t subject = 0;  ///< The server, balancer, request or probe.
  /// Of a `done`, or of a request's attempt: an old one says nothing. Of `kept_over` the balancer.
  std::uint32_t stamp = 0;
};

}  // namespace brood
