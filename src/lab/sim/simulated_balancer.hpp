#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "balance/routing/dispatcher.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/probe_plan.hpp"
#include "balance/routing/retry.hpp"
#include "balance/routing/router.hpp"
#include "lab/sim/balance_model.hpp"

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
  /// What follows from a change of health for the others.
  void settle(TimePoint now);

  /// Whether a connection to it may be used again.
  bool keeps(ServerId server) const noexcept;
  /// A request has been answered and its connection is idle.
  void keep(ServerId server, TimePoint now);
  /// \return how many are to be closed: no more may be kept.
  std::uint32_t trim_kept(ServerId server);
  /// \return whether there was an idle connection to it, for a request's use.
  bool take_kept(ServerId server) noexcept;
  /// \return how many are to be closed: they have been kept for long enough.
  std::uint32_t expire_kept(ServerId server, TimePoint now);
  /// When the next of them will have been kept for long enough.
  TimePoint kept_until(ServerId server) const noexcept;
  /// The server has lost all connections.
  void forget_kept(ServerId server) { kept_[server.slot].clear(); }

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
  std::uint32_t kept_max(ServerId server) const noexcept;
  void apply(const std::optional<HealthChange>& change, TimePoint now);

  Duration kept_timeout_;
  bool keeps_all_;
  std::vector<std::deque<TimePoint>> kept_;  ///< By server: until when, the oldest first.
};

}  // namespace brood
