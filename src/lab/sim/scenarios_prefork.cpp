#include "lab/sim/scenarios_prefork.hpp"

#include "base/units.hpp"

namespace brood::scenario {

using namespace std::chrono_literals;

namespace {

/// Four servers of 8 workers, one of them three times as slow, at 83 % of what they can do.
BalanceModel one_of_four_slow(std::uint32_t balancer_count) {
  BalanceModel model = prefork(4, 8, 20ms, 1100);
  model.servers[0].service = 60ms;
  model.balancer_count = balancer_count;
  return model;
}

}  // namespace

Variants equal(std::optional<Strategy> only) {
  BalanceModel model = prefork(8, 8, 20ms, 0.85 * 8 * 8 / 0.020);
  model.duration = 30s;
  model.balancer_count = 4;
  model.marked_count = 0;
  Variants variants;
  add_strategies(variants, model, usual, only);
  add_central(variants, model, only);
  return variants;
}

Variants tail(std::optional<Strategy> only) {
  const BalanceModel model = one_of_four_slow(1);
  Variants variants;
  add_strategies(variants, model, usual, only);
  add_central(variants, model, only);
  return variants;
}

Variants many_balancers(std::optional<Strategy> only) {
  Variants variants;
  for (const std::uint32_t count : {1U, 2U, 4U, 8U}) {
    BalanceModel model = one_of_four_slow(count);
    model.balancer.probes = {.interval = 100ms, .budget = 1000};
    const std::string group = std::to_string(count) + (count == 1 ? " balancer" : " balancers");
    add_strategies(variants, model, usual, only, group);
  }
  add_central(variants, one_of_four_slow(1), only, "any number");
  return variants;
}

Variants kept_connections(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::least_connections, Strategy::least_time};
  Variants variants;
  for (const bool keeps_all : {false, true}) {
    for (const std::uint32_t count : {1U, 2U, 4U}) {
      BalanceModel model = one_of_four_slow(count);
      model.balancer.keeps_all = keeps_all;
      const std::string group = std::to_string(count) + (count == 1 ? " balancer" : " balancers") +
                                (keeps_all ? ", all kept for 4s" : ", by the rule");
      add_strategies(variants, model, compared, only, group);
    }
  }
  return variants;
}

Variants probe_budget(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::least_connections, Strategy::least_time,
                                   Strategy::prequal};
  Variants variants;
  for (const Duration interval : {3000ms, 1000ms, 300ms, 100ms, 30ms, 10ms}) {
    BalanceModel model = one_of_four_slow(4);
    model.balancer.probes = {.interval = interval, .budget = 1000};
    add_strategies(variants, model, compared, only, "probed each " + format_duration(interval));
  }
  return variants;
}

Variants saturated(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::least_connections, Strategy::least_time};
  BalanceModel model = prefork(4, 8, 500ms, 0);
  // For half a minute, a third more than they can do; each place of a balancer's is taken, and the
  // rest waits at the servers: other clients fill their queues as well.
  model.load = {{at(0s), 40}, {at(10s), 85}, {at(40s), 30}};
  model.balancer_count = 2;
  model.balancer.server_max = 100;
  model.marked_count = 0;
  const struct {
    const char* name;
    bool waits;         ///< Probes, for a worker.
    bool reports_load;  ///< More than that it lives.
    std::uint32_t max;
    Duration kept = 4s;  ///< A connection, for the next request.
  } settings[] = {{"probes wait like requests", true, true, 100},
                  {"the same, max=8", true, true, 8},
                  {"probes only connect", false, false, 100},
                  {"the same, nothing kept", false, false, 100, 0s},
                  {"health= names a reporter", false, true, 100}};
  Variants variants;
  for (const auto& setting : settings) {
    for (ServerModel& server : model.servers) {
      server.has_reporter = !setting.waits;
      server.reports_load = setting.reports_load;
    }
    model.balancer.server_max = setting.max;
    model.balancer.kept_timeout = setting.kept;
    add_strategies(variants, model, compared, only, setting.name);
  }
  return variants;
}

Variants growing_pool(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::least_connections, Strategy::least_time};
  BalanceModel model = prefork(2, 5, 100ms, 0);
  for (ServerModel& server : model.servers) server.pool = PoolLimits{.max_workers = 60};
  model.load = {{at(0s), 40}, {at(10s), 600}};
  model.marked_count = 0;
  Variants variants;
  add_strategies(variants, model, compared, only, "places by the reported max");
  for (ServerModel& server : model.servers) server.pool->policy = Policy::demand;
  add_strategies(variants, model, compared, only, "the same, --policy demand");
  model.balancer.server_max = 5;
  add_strategies(variants, model, compared, only, "places by the first number of workers");
  return variants;
}

}  // namespace brood::scenario
