// The simulated balancer against what queueing theory knows exactly.

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "lab/sim/balance_simulation.hpp"
#include "lab/sim/scenario_parts.hpp"

using namespace brood;
using namespace std::chrono_literals;

namespace {

constexpr Duration service = 1ms;

/// Fixed: what a run of bearable length says differs from the truth by 1 or 2 % by chance, and a
/// tolerance that bears every seed would not notice a mistake.
constexpr std::uint64_t seed = 1;

// Under sanitizers a run takes ten times as long: there the model is walked through, and the
// release says how true it is.
#ifdef __SANITIZE_ADDRESS__
constexpr int shortened = 10;
constexpr double tolerated = 0.25;
#else
constexpr int shortened = 1;
constexpr double tolerated = 0.03;
#endif

/// Servers of one worker that tell nothing, under an unbounded queue each. \param load of a server.
BalanceModel servers_of_one_worker(std::uint32_t count, double load, Duration duration) {
  BalanceModel model = scenario::prefork(count, 1, service, load * count / 0.001);
  for (ServerModel& server : model.servers) server.reports_load = false;
  model.duration = duration / shortened;
  model.warm_up = model.duration / 4;
  model.balancer.probes.interval = 24h;
  model.balancer.server_timeout = model.balancer.queue_timeout = Duration{0};
  model.balancer.kept_timeout = Duration{0};  // A customer does not hold the server when served.
  model.balancer.parallel = ~0U;
  return model;
}

/// The mean time in the system, in services.
double mean_services(const BalanceModel& model) {
  BalanceResult result = BalanceSimulation(model, seed).run();
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
    BOOST_TEST(mean_services(model) == row.mean, boost::test_tools::tolerance(tolerated));
  }
}

BOOST_AUTO_TEST_CASE(of_a_thousand_servers_the_shorter_queue_of_two_is_the_supermarket_model) {
  BOOST_TEST(supermarket(0.9, 2) == 2.6141, boost::test_tools::tolerance(1e-4));
  const struct {
    double load;
    Duration duration;
  } rows[] = {{0.5, 40ms}, {0.7, 60ms}, {0.8, 80ms}, {0.9, 160ms}, {0.95, 600ms}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE("load " << row.load);
    BalanceModel model = servers_of_one_worker(1000, row.load, row.duration);
    model.balancer.routing.strategy = Strategy::two_choices;
    BOOST_TEST(mean_services(model) == supermarket(row.load, 2),
               boost::test_tools::tolerance(tolerated));
  }
}

// Without a choice each server is an M/M/1 of its own, however many there are. At 90 % its queue
// takes some 400 services to forget, so that its mean is told only by and by: by fewer servers, for
// longer.
BOOST_AUTO_TEST_CASE(servers_that_are_drawn_by_chance_are_as_slow_as_one) {
  const struct {
    std::uint32_t count;
    double load;
    Duration duration;
    double tolerance;
  } rows[] = {
      {1000, 0.5, 250ms, tolerated}, {100, 0.8, 4s, 2 * tolerated}, {20, 0.9, 100s, 3 * tolerated}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE("load " << row.load);
    BalanceModel model = servers_of_one_worker(row.count, row.load, row.duration);
    model.balancer.routing.strategy = Strategy::random;
    BOOST_TEST(mean_services(model) == 1 / (1 - row.load),
               boost::test_tools::tolerance(row.tolerance));
  }
}

BOOST_AUTO_TEST_SUITE_END()
