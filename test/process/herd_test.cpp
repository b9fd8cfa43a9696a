// No herd: a connection wakes one worker, however many are idle.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(herd)

namespace {

using namespace brood::test;

/// How often the workers of an idle pool go to sleep for one connection.
double switches_per_connection(int size, const char* exclusive) {
  constexpr int connections = 300;
  Server server(
      {.binary = BROOD_BINARY, .options = pool_of(size, {"--epoll-exclusive", exclusive})});
  const std::vector<pid_t> workers = server.workers();
  const auto switches = [&] {
    std::uint64_t sum = 0;
    for (const pid_t worker : workers) sum += voluntary_switches(worker);
    return static_cast<double>(sum);
  };
  BOOST_TEST(get(server.port(), "/").status == 200);
  const double before = switches();
  for (int count = 0; count < connections; ++count)
    BOOST_TEST(get(server.port(), "/").status == 200);
  const double after = switches();
  BOOST_TEST((server.workers() == workers));
  return (after - before) / connections;
}

struct Comparison {
  double small = 0;  ///< Of a pool of 2.
  double large = 0;  ///< Of one of 64.
};

Comparison compare(const char* exclusive) {
  return {.small = switches_per_connection(2, exclusive),
          .large = switches_per_connection(64, exclusive)};
}

}  // namespace

BOOST_AUTO_TEST_CASE(sixty_four_idle_workers_switch_hardly_more_than_two) {
  constexpr double noise = 0.2;  // Switches a connection: a supervisor's look, a neighbour's load.
  Comparison best = compare("on");
  for (int again = 0; again < 2 && best.large > 1.5 * best.small + noise; ++again)
    best = compare("on");
  BOOST_TEST(best.small > 0.5);
  BOOST_TEST(best.large <= 1.5 * best.small + noise,
             best.large << " with 64 workers, " << best.small << " with 2");
}

BOOST_AUTO_TEST_CASE(without_exclusive_wake_ups_many_switch_for_each_connection) {
  const Comparison off = compare("off");
  BOOST_TEST(off.large > 4 * off.small,
             off.large << " with 64 workers, " << off.small << " with 2");
}

BOOST_AUTO_TEST_SUITE_END()
