#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "balance/routing/router.hpp"
#include "unit/balance/routing/print.hpp"

namespace brood::routing_test {

inline constexpr TimePoint start{1'000'000'000'000};

/// A router over so many servers, all of them up, with what most tests need.
class Bench {
 public:
  explicit Bench(std::vector<ServerSettings> servers,
                 const RoutingSettings& settings = {.strategy = Strategy::least_connections})
      : router(settings, std::move(servers), 1) {
    for (std::uint32_t id = 0; id < router.size(); ++id) router.set_available(id, true, now);
  }

  Choice choose(std::vector<ServerId> tried = {}) { return router.choose({}, tried, now); }

  ServerId begin() {
    const ServerId id = choose().server;
    if (id != no_server) router.began(id, now);
    return id;
  }

  void hold(ServerId id, int count) {
    for (int i = 0; i < count; ++i) router.began(id, now);
  }

  /// What comes back if all that can be placed is placed.
  std::uint32_t fill(ServerId id) {
    while (router.view(id).in_flight < router.view(id).limit) router.began(id, now);
    return router.view(id).in_flight;
  }

  TimePoint now = start;
  Router router;
};

inline ServerSettings named(const char* name) {
  return {.name = name};
}

inline ReportedLoad brood_of(std::uint32_t max, std::uint32_t in_flight = 0,
                             std::uint64_t epoch = 1) {
  return {.is_detailed = true, .epoch = epoch, .idle = max, .max = max, .in_flight = in_flight};
}

}  // namespace brood::routing_test
