#include "lab/sim/scenarios_faults.hpp"

namespace brood::scenario {

using namespace std::chrono_literals;

namespace {

/// Four servers at 60 % of what they can do.
BalanceModel four_servers() {
  BalanceModel model = prefork(4, 8, 20ms, 0.6 * 4 * 8 / 0.020);
  model.duration = 40s;
  return model;
}

}  // namespace

Variants sinkhole(std::optional<Strategy> only) {
  BalanceModel model = four_servers();
  model.servers[0].conditions = {{.from = at(10s), .manner = Manner::failing}, {.from = at(30s)}};
  Variants variants;
  add_strategies(variants, model, usual, only, "with ejection");
  model.balancer.health.eject_after = 0;
  add_strategies(variants, model, usual, only, "without ejection");
  return variants;
}

Variants black_hole(std::optional<Strategy> only) {
  BalanceModel model = four_servers();
  model.servers[0].conditions = {{.from = at(10s), .manner = Manner::silent}, {.from = at(30s)}};
  model.balancer.server_timeout = 1s;
  model.client_timeout = 5s;
  Variants variants;
  add_strategies(variants, model, usual, only, "probed each 3s");
  model.balancer.probes.interval = 500ms;
  model.balancer.probe_timeout = 500ms;
  add_strategies(variants, model, usual, only, "probed each 500ms");
  return variants;
}

Variants recovery(std::optional<Strategy> only) {
  BalanceModel model = four_servers();
  // Cold after its start: for five seconds it does a fifth of what it can.
  model.servers[0].conditions = {{.from = at(10s), .manner = Manner::dead},
                                 {.from = at(20s), .speed = 0.2},
                                 {.from = at(25s)}};
  model.balancer_count = 4;
  model.balancer.probes.interval = 1s;
  model.warm_up = 18s;
  Variants variants;
  for (const Duration slow_start : {10s, 0s}) {
    model.balancer.routing.slow_start = slow_start;
    add_strategies(variants, model, usual, only,
                   slow_start > 0s ? "with slow start" : "without slow start");
  }
  return variants;
}

Variants restart(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::least_entries, Strategy::least_connections,
                                   Strategy::least_time, Strategy::prequal};
  BalanceModel model = four_servers();
  model.servers[0].conditions = {{.from = at(15s), .manner = Manner::dead}, {.from = at(15100ms)}};
  model.balancer.probes = {.interval = 250ms, .budget = 1000};
  Variants variants;
  add_strategies(variants, model, compared, only, "reports with epoch");
  for (ServerModel& server : model.servers) server.reports_load = false;
  model.balancer.kept_timeout = 0s;  // Idle ones would hold workers, and that is another story.
  add_strategies(variants, model, compared, only, "errors and entries only");
  return variants;
}

}  // namespace brood::scenario
