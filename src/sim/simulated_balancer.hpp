#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "routing/dispatcher.hpp"
#include "routing/health.hpp"
#include "routing/probe_plan.hpp"
#include "routing/retry.hpp"
#include "routing/router.hpp"
#include "sim/balance_model.hpp"

namespace brood {

/// One balancer: the product's rules, put together as its threads do.
class SimulatedBalancer {
 public:
  /// \param set_alarm See Dispatcher.
  SimulatedBalancer(const BalanceModel& model, std::uint64_t seed,
                    std::function<void(TimePoint)> set_alarm);

  /// What a probe has found; the load, if it passed.
  void probed(ServerId server, ProbeResult result, const ReportedLoad& load, Duration age,
              TimePoint now);
  /// What traffic has shown. \return whether that has changed the server's health.
  bool seen(ServerId server, TrafficSign sign, TimePoint now);
  void elapsed(TimePoint now);
  Router router;
  Dispatcher dispatcher;
  Health health;
  ProbePlan plan;
  RetryBudget budget;
  std::uint32_t taken_out = 0;  ///< How often a server was taken out.
  TimePoint probes_at = never;  ///< When an event will ask `plan`.
  TimePoint health_at = never;  ///< When an event will ask `health`.
  TimePoint review_at = never;  ///< When an event will ask `dispatcher`.

 private:
  void apply(const std::optional<HealthChange>& change, TimePoint now);
};

}  // namespace brood
