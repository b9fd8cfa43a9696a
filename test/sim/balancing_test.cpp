// What is promised of the strategies, in the scenarios that `brood simulate balance` runs.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "lab/sim/balance_report.hpp"
#include "lab/sim/balance_simulation.hpp"
#include "lab/sim/scenario_parts.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace std::chrono_literals;

namespace {

const BalanceScenario& scenario_named(std::string_view name) {
  const auto all = balance_scenarios();
  const auto found = std::ranges::find(all, name, &BalanceScenario::name);
  BOOST_REQUIRE(found != all.end());
  return *found;
}

std::vector<BalanceRow> rows_of(std::string_view name, std::optional<Strategy> only = {}) {
  return run_scenario(scenario_named(name), only, sim_test::first_seed());
}

const BalanceResult& result_of(const std::vector<BalanceRow>& rows, std::string_view name,
                               std::string_view group = {}) {
  const auto found = std::ranges::find_if(rows, [&](const BalanceRow& row) {
    return row.variant.name == name && (group.empty() || row.variant.group == group);
  });
  BOOST_REQUIRE(found != rows.end());
  return found->result;
}

double p99_ms(const BalanceResult& result) {
  const auto value = result.quantile(990);
  return value ? static_cast<double>(value->count()) / 1e6 : 1e9;
}

/// Anything may happen to anybody.
BalanceModel draw_model(SplitMix& random) {
  BalanceModel model =
      scenario::prefork(1 + random.below(5), 1 + random.below(8), 20ms, 20 + random.below(400));
  for (ServerModel& server : model.servers) {
    for (int i = 0; i < 4; ++i)
      server.conditions.push_back(
          {.from = scenario::at(i * 2s + Duration{random.below(1'000'000'000)}),
           .manner = static_cast<Manner>(random.below(4)),
           .speed = 0.2 + random.unit()});
    server.reports_load = random.below(2) == 0;
    server.has_reporter = random.below(2) == 0;
    server.cancels = random.below(2) == 0;
    if (random.below(3) == 0) server.pool = PoolLimits{.max_workers = 20};
  }
  model.balancer.routing.strategy =
      static_cast<Strategy>(random.below(static_cast<std::uint32_t>(strategy_names.size())));
  model.balancer.probes.interval = 100ms + Duration{random.below(2'000'000'000)};
  model.balancer.probe_timeout = 300ms;
  model.balancer.server_timeout = 500ms + Duration{random.below(3'000'000'000)};
  model.balancer.queue_timeout = 1s;
  model.balancer.max_queue = random.below(100);
  if (random.below(2) == 0) model.client_timeout = 700ms;
  model.balancer_count = 1 + random.below(4);
  model.duration = 8s;
  model.warm_up = 0s;
  return model;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sim_balancing)

BOOST_AUTO_TEST_CASE(every_request_ends_once_and_a_seed_gives_the_same_run_again) {
  sim_test::for_each_seed(60, [](std::uint64_t seed, SplitMix random) {
    const BalanceModel model = draw_model(random);
    const BalanceResult first = BalanceSimulation(model, seed).run();
    BOOST_REQUIRE_GT(first.requests, 0U);
    BOOST_REQUIRE_EQUAL(first.requests, first.failed + first.latencies.size());
    const BalanceResult again = BalanceSimulation(model, seed).run();
    BOOST_REQUIRE(first.latencies == again.latencies);
    BOOST_REQUIRE(first.attempts == again.attempts);
  });
}

// Goals: 1.2 times what a central queue that knows all can do; with four balancers 0.8 times what
// four that count only their own connections do.
BOOST_AUTO_TEST_CASE(the_default_keeps_the_tail_short_beside_a_slow_server) {
  const auto one = rows_of("tail");
  const double best = p99_ms(result_of(one, "(central queue)"));
  BOOST_TEST(best == 101.0, boost::test_tools::tolerance(0.03));
  const std::string name(to_string(RoutingSettings{}.strategy));
  BOOST_TEST(p99_ms(result_of(one, name)) <= 1.2 * best);
  const auto many = rows_of("many-balancers");
  BOOST_TEST(p99_ms(result_of(many, name, "4 balancers")) <=
             0.8 * p99_ms(result_of(many, "least-connections", "4 balancers")));
}

// Buoyant, 2016: slow from p95, from p99 and from p99.9 on.
BOOST_AUTO_TEST_CASE(one_slow_server_shows_later_the_more_a_strategy_knows) {
  const auto rows = rows_of("slow-server");
  const struct {
    const char* name;
    unsigned quick, slow;  // Per mille.
  } wanted[] = {
      {"round-robin", 950, 960}, {"least-connections", 990, 999}, {"peak-ewma", 999, 1000}};
  for (const auto& row : wanted) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const BalanceResult& result = result_of(rows, row.name, "clients wait");
    BOOST_TEST((*result.quantile(row.quick) < 200ms));
    BOOST_TEST((*result.quantile(row.slow) == 2s));
  }
}

BOOST_AUTO_TEST_CASE(
    with_stale_load_the_least_of_all_is_worse_than_chance_the_least_of_two_is_not) {
  const auto rows = rows_of("stale-load");
  for (const char* const group : {"looked at each 1ms", "looked at each 200ms"}) {
    BOOST_TEST_INFO_SCOPE(group);
    const bool is_stale = std::string_view(group).ends_with("200ms");
    const double chance = result_of(rows, "random", group).mean_ns();
    BOOST_TEST((result_of(rows, "least-connections", group).mean_ns() > chance) == is_stale);
    BOOST_TEST(result_of(rows, "two-choices", group).mean_ns() < chance);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_fails_fast_gains_no_share) {
  for (const BalanceRow& row : rows_of("sinkhole")) {
    if (row.variant.name == "random") continue;  // It knows of nothing.
    BOOST_TEST_INFO_SCOPE(row.variant.group << ", " << row.variant.name);
    BOOST_TEST(row.result.share_of_first(1) < 0.26);
  }
}

BOOST_AUTO_TEST_CASE(a_busy_server_is_never_taken_out_where_that_can_be_known) {
  for (const BalanceRow& row : rows_of("saturated")) {
    BOOST_TEST_INFO_SCOPE(row.variant.group << ", " << row.variant.name);
    // Without a bound a probe waits behind everybody's requests, and requests behind connections
    // that are kept.
    const ServerModel& server = row.variant.model.servers[0];
    const BalancerModel& balancer = row.variant.model.balancer;
    const bool keeps_blindly = !server.reports_load && balancer.kept_timeout > 0s;
    const bool is_known = (server.has_reporter && !keeps_blindly) || balancer.server_max <= 8;
    BOOST_TEST((row.result.taken_out == 0) == is_known);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_grows_behind_places_that_are_counted_by_what_it_can_become) {
  for (const BalanceRow& row : rows_of("growing-pool")) {
    BOOST_TEST_INFO_SCOPE(row.variant.group << ", " << row.variant.name);
    const bool is_starved = row.variant.model.balancer.server_max > 0;
    BOOST_TEST((row.result.workers >= 60) == !is_starved);
  }
}

BOOST_AUTO_TEST_SUITE_END()
