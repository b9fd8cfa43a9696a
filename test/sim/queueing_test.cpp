// The simulated balancer against what queueing theory knows exactly.

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "seeds.hpp"
#include "sim/balance_simulation.hpp"
#include "sim/scenario_parts.hpp"

using namespace brood;
using namespace std::chrono_literals;

namespace {

constexpr Duration service = 1ms;

/// Servers of one worker that tell nothing, under an unbounded queue each. \param load of a server.
BalanceModel servers_of_one_worker(std::uint32_t count, double load, Duration duration) {
  BalanceModel model = scenario::prefork(count, 1, service, load * count / 0.001);
  for (ServerModel& server : model.servers) server.reports_load = false;
  model.duration = duration;
  model.warm_up = duration / 4;
  model.balancer.probes.interval = 24h;
  model.balancer.server_timeout = model.balancer.queue_timeout = Duration{0};
  model.balancer.parallel = ~0U;
  return model;
}

/// The mean time in the system, in services.
double mean_services(const BalanceModel& model) {
  BalanceResult result = BalanceSimulation(model, sim_test::first_seed()).run();
  BOOST_REQUIRE_EQUAL(result.failed, 0U);
  return result.mean_ns() / static_cast<double>(service.count());
}

/// The supermarket model with endlessly many servers: the sum of load^((d^i - d) / (d - 1)) over
/// i from 1 on (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996).
double supermarket(double load, double choices) {
  double sum = 0;
  for (int i = 1; i < 60; ++i)
    sum += std::pow(load, (std::pow(choices, i) - choices) / (choices - 1));
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sim_queueing)

BOOST_AUTO_TEST_CASE(one_server_is_the_queue_of_the_books) {
  const struct {
    const char* name;
    WorkModel::Shape shape;
    double load;
    double mean;  // In services.
  } rows[] = {
      {"M/M/1, half loaded", WorkModel::Shape::exponential, 0.5, 2},
      {"M/M/1, 80 %", WorkModel::Shape::exponential, 0.8, 5},
      {"M/D/1, half loaded", WorkModel::Shape::constant, 0.5, 1.5},
      {"M/D/1, 80 %", WorkModel::Shape::constant, 0.8, 3},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BalanceModel model = servers_of_one_worker(1, row.load, 1000s);
    model.work.shape = row.shape;
    BOOST_TEST(mean_services(model) == row.mean, boost::test_tools::tolerance(0.03));
  }
}

BOOST_AUTO_TEST_CASE(of_a_thousand_servers_the_shorter_queue_of_two_is_the_supermarket_model) {
  BOOST_TEST(supermarket(0.9, 2) == 2.6141, boost::test_tools::tolerance(1e-4));
  const struct {
    double load;
    Duration duration;
  } rows[] = {{0.5, 40ms}, {0.7, 60ms}, {0.8, 80ms}, {0.9, 160ms}, {0.95, 240ms}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE("load " << row.load);
    BalanceModel model = servers_of_one_worker(1000, row.load, row.duration);
    model.balancer.routing.strategy = Strategy::two_choices;
    BOOST_TEST(mean_services(model) == supermarket(row.load, 2),
               boost::test_tools::tolerance(0.03));
  }
}

// Without a choice each server is an M/M/1 of its own. Its queue takes some 400 services to forget
// at 90 %, so that even a thousand of them tell their mean only by and by.
BOOST_AUTO_TEST_CASE(servers_that_are_drawn_by_chance_are_as_slow_as_one) {
  const struct {
    double load;
    Duration duration;
    double tolerance;
  } rows[] = {{0.5, 60ms, 0.03}, {0.8, 500ms, 0.03}, {0.9, 2400ms, 0.06}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE("load " << row.load);
    BalanceModel model = servers_of_one_worker(1000, row.load, row.duration);
    model.balancer.routing.strategy = Strategy::random;
    BOOST_TEST(mean_services(model) == 1 / (1 - row.load),
               boost::test_tools::tolerance(row.tolerance));
  }
}

BOOST_AUTO_TEST_SUITE_END()
