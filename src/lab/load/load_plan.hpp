#pragma once
// load: level 4. The load generator: clients of a server on this machine, one thread, one epoll.
// When requests begin is a pure schedule (arrivals, think_time); load_client moves bytes between a
// socket and a ClientSession; load_generator carries the schedule out and counts.

#include <cstdint>
#include <string>

#include "base/endpoint.hpp"
#include "lab/load/think_time.hpp"

namespace brood {

/// What load to put on a server. Ends with the duration or with the last request, whichever comes
/// first; one of both must be given.
struct LoadPlan {
  enum class Loop : std::uint8_t {
    closed,  ///< Each client waits for its answer, thinks, and asks again.
    open,    ///< Requests begin as a Poisson process, however slow the answers are.
  };

  Endpoint target{};
  std::string path = "/";
  Loop loop = Loop::closed;
  std::uint32_t clients = 1;       ///< > 0; of an open loop: connections at a time, at most.
  double rate = 0;                 ///< Requests a second of an open loop; > 0 there.
  ThinkTime think{};               ///< Of a closed loop, between an answer and the next request.
  bool keep_alive = true;          ///< Otherwise a connection for each request.
  std::uint32_t idle_clients = 0;  ///< Ask once, before the load begins, and stay connected.
  std::uint32_t slow_clients = 0;  ///< Besides: move a few bytes, then wait for slow_interval.
  Duration slow_interval = std::chrono::milliseconds{50};  ///< > 0
  Duration duration{0};                                    ///< 0: until the last request.
  std::uint64_t requests_max = 0;                          ///< 0: until the end of the duration.
  Duration timeout =
      std::chrono::seconds{5};  ///< From the intended start to the whole answer; > 0.
  std::uint64_t seed = 1;       ///< Of arrivals and think times.
};

/// How many descriptors a plan takes at its peak.
constexpr std::uint64_t descriptors_of(const LoadPlan& plan) noexcept {
  return std::uint64_t{plan.clients} + plan.idle_clients + plan.slow_clients;
}

}  // namespace brood
