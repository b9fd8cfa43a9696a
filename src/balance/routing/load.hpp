#pragma once
// How loaded a server looks: one measure for every strategy that compares loads.

#include <cmath>

#include "balance/routing/strategy.hpp"

namespace brood {

/// The load that a server would have with one more request, as a share of what it can work at.
/// Failures of late count as if they were still in flight: a server that fails at once would else
/// always look the least loaded and draw everything (a sinkhole). Where no waiting worker is to be
/// expected the request would wait for a fork or for another's end, so that counts double.
inline double load_with_one_more(const ServerView& server, std::uint32_t in_flight) noexcept {
  const double load = (in_flight + server.failures + 1) / (server.weight * server.places);
  return server.has_idle ? load : 2 * load;
}

/// By what this balancer itself has sent.
inline double local_load(const ServerView& server) noexcept {
  return load_with_one_more(server, server.in_flight);
}

/// An answer's weight in a measured latency falls to 1/e in this time (Finagle's default).
inline constexpr Duration latency_memory{std::chrono::seconds{10}};

/// What is left of a weight after `age`.
inline double latency_kept(Duration age) noexcept {
  // A busy balancer's measurements are this young, and it is saved the exponential.
  if (age < std::chrono::milliseconds{10}) return 1;
  return std::exp(-(std::chrono::duration<double>(age) / latency_memory));
}

/// A latency as it is believed now, in nanoseconds; 0: never measured. What nothing confirms fades,
/// so that a server which was slow once is tried again.
inline double believed(Duration latency, const ServerView& server, TimePoint now) noexcept {
  return static_cast<double>(latency.count()) * latency_kept(now - server.latency_at);
}

/// Whether a worker that waits is to be expected: by the last report, fewer requests are there than
/// workers. Requests, not busy workers: one that holds an idle kept connection serves on it at
/// once.
inline bool expects_idle(const ServerView& server) noexcept {
  const ReportedLoad& load = server.reported;
  return !load.is_detailed || server.in_flight + server.others < load.busy + load.idle;
}

/// Of the places that a server says are free, this share may be held by one balancer's idle
/// connections.
inline constexpr std::uint32_t idle_connections_divisor = 32;

/// How many idle connections to it may be kept. Each holds a place, at a pre-fork server a worker,
/// and a request of somebody else's may wait for that for as long as the connection is kept. Others
/// are seen only in reports, which are seconds old, and all balancers read the same: so each takes
/// a small share of what was free, which is nothing at a small pool. There a connection for each
/// request costs tens of microseconds, and a worker that is held may cost others seconds. Where
/// nothing is reported they may fill its places up to the limit, but for one: probes, too, need a
/// connection.
inline std::uint32_t idle_connections_max(const ServerView& server) noexcept {
  const ReportedLoad& load = server.reported;
  if (!load.is_detailed)
    return server.idle_limit > server.in_flight ? server.idle_limit - server.in_flight - 1 : 0;
  if (load.queue > 0 || load.max <= load.busy) return 0;
  return (load.max - load.busy) / idle_connections_divisor;
}

/// Whether a request says that none follows on its connection: the server need not wait for one.
inline bool is_last_on_connection(const ServerView& server) noexcept {
  return server.reported.is_detailed && idle_connections_max(server) == 0;
}

}  // namespace brood
