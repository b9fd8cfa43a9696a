#include "lab/sim/scenarios_published.hpp"

#include "base/random.hpp"
#include "base/units.hpp"
#include "lab/sim/trace.hpp"
#include "report/table.hpp"

namespace brood::scenario {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t unbounded = 100'000;  ///< Workers of a server that takes all that comes.

/// A machine's other tenants come and go: now and then a server has less than its due for a while,
/// often just that, and often the share of others as well.
std::vector<Condition> antagonist_conditions(double due, Duration duration, SplitMix& random) {
  std::vector<Condition> conditions;
  double now = 0;
  while (now < static_cast<double>(duration.count())) {
    const double draw = random.unit();
    const double factor = draw < 0.1 ? 0.6 : draw < 0.5 ? 1 : 3;
    conditions.push_back({.from = {static_cast<std::int64_t>(now)}, .cores = due * factor});
    now += random.exponential(8e9);
  }
  return conditions;
}

/// Prequal's testbed at a smaller scale. \param load in shares of what the servers are due.
BalanceModel prequal_testbed(double load) {
  constexpr std::uint32_t server_count = 25;
  constexpr double due_cores = 2;
  BalanceModel model = prefork(server_count, unbounded, 80ms, 0);
  SplitMix random{stream_seed(1, Stream::conditions)};
  model.duration = 30s;
  for (ServerModel& server : model.servers) {
    server.cores = due_cores;
    server.cancels = true;
    server.conditions = antagonist_conditions(due_cores, model.duration, random);
  }
  // A normal distribution that is cut off at 0 has a mean of 1.083 where it was to be 1.
  model.work = {.shape = WorkModel::Shape::normal, .deviation = 1};
  model.load[0].rate = load * server_count * due_cores / 0.080 / 1.083;
  model.balancer_count = 10;
  model.client_timeout = 5s;
  model.marked_count = 0;
  // Three probes for each request, as there: as many as 150 a second.
  model.balancer.probes = {.interval = 333ms, .budget = 1000};
  model.balancer.server_timeout = Duration{0};
  model.balancer.max_queue = 0;
  model.balancer.parallel = unbounded;
  return model;
}

std::string percent(double share) {
  return format_fixed(share * 100, 0) + '%';
}

}  // namespace

Variants slow_server(std::optional<Strategy> only) {
  BalanceModel model = prefork(11, unbounded, 167ms, 1000);
  model.work = {.shape = WorkModel::Shape::normal, .deviation = 5.0 / 167};
  model.servers[0].conditions = {{.from = at(15s), .fixed = 2s}, {.from = at(45s)}};
  model.warm_up = 0s;
  model.balancer.parallel = unbounded;
  Variants variants;
  add_strategies(variants, model, usual, only, "clients wait");
  model.client_timeout = 1s;
  add_strategies(variants, model, usual, only, "clients leave after 1s");
  return variants;
}

Variants halves(std::optional<Strategy> only) {
  BalanceModel model = prefork(16, 8, 20ms, 0);
  for (std::size_t i = 0; i < 8; ++i) model.servers[i].service = 40ms;
  model.marked_count = 8;
  model.load[0].rate = 0.75 * (8 * 8 / 0.040 + 8 * 8 / 0.020);
  model.duration = 25s;
  Variants variants;
  add_strategies(variants, model, usual, only);
  model.central_patience = 2;
  add_central(variants, model, only);
  return variants;
}

Variants antagonists(std::optional<Strategy> only) {
  Variants variants;
  for (const double load : {0.7, 0.9})
    add_strategies(variants, prequal_testbed(load), usual, only, "load " + percent(load));
  return variants;
}

Variants ramp(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::round_robin, Strategy::two_choices,
                                   Strategy::peak_ewma, Strategy::least_time, Strategy::prequal};
  Variants variants;
  for (const double load : {0.75, 1.03, 1.27, 1.74})
    add_strategies(variants, prequal_testbed(load), compared, only, "load " + percent(load));
  return variants;
}

Variants stale_load(std::optional<Strategy> only) {
  constexpr Strategy compared[] = {Strategy::random, Strategy::two_choices,
                                   Strategy::least_connections};
  BalanceModel model = prefork(100, 1, 10ms, 9000);
  model.knowledge = Knowledge::board;
  model.balancer.server_timeout = model.balancer.queue_timeout = Duration{0};
  model.marked_count = 0;
  model.duration = 20s;
  Variants variants;
  for (const Duration interval : {1ms, 5ms, 20ms, 50ms, 100ms, 200ms}) {
    model.board_interval = interval;
    add_strategies(variants, model, compared, only, "looked at each " + format_duration(interval));
  }
  return variants;
}

}  // namespace brood::scenario
