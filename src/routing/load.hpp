#pragma once
// How loaded a server looks: one measure for every strategy that compares loads.

#include <cmath>

#include "routing/strategy.hpp"

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

/// Whether an idle connection to it does no harm. It holds a worker of a pre-fork server, and must
/// not while others wait for one.
inline bool may_hold_idle(const ServerView& server) noexcept {
  const ReportedLoad& load = server.reported;
  if (!load.is_detailed) return true;
  return load.queue == 0 && (server.others == 0 || load.idle > 0);
}

}  // namespace brood
