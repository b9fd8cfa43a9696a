#include "lab/sim/simulated_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

namespace {

TimePoint at(Duration since_start) {
  return TimePoint{} + since_start;
}

/// When the next job is done, and which one it was; its connection is closed.
std::pair<Duration, std::uint32_t> next(SimulatedServer& server) {
  const TimePoint moment = server.next_done();
  BOOST_REQUIRE(moment != never);
  const std::uint32_t id = server.done(moment).id;
  server.let_go(moment);
  return {moment - TimePoint{}, id};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_server)

BOOST_AUTO_TEST_CASE(workers_serve_one_each_and_the_others_wait_in_order) {
  SimulatedServer server({.workers = 2, .service = 10ms});
  server.take(1, 1, at(0ms));
  server.take(2, 3, at(0ms));
  server.take(3, 1, at(1ms));
  server.take(4, 1, at(1ms));
  BOOST_TEST(server.report().queue == 2U);
  BOOST_TEST(server.report().idle == 0U);
  const std::pair<Duration, std::uint32_t> wanted[] = {{10ms, 1}, {20ms, 3}, {30ms, 2}, {30ms, 4}};
  for (const auto& want : wanted) BOOST_TEST((next(server) == want));
  BOOST_TEST((server.next_done() == never));
  BOOST_TEST(server.report().entries == 4U);
  BOOST_TEST(server.report().idle == 2U);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_holds_its_worker_for_the_next_request_on_it) {
  SimulatedServer server({.workers = 1, .service = 10ms});
  server.take(1, 1, at(0ms));
  server.done(at(10ms));
  server.take(2, 1, at(11ms));
  BOOST_TEST((server.next_done() == never));
  BOOST_TEST(server.report().busy == 1U);
  BOOST_TEST(server.report().in_flight == 0U);
  server.take(3, 1, at(20ms), true);
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{30ms, 3}));
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{40ms, 2}));
  BOOST_TEST(server.report().idle == 1U);
}

BOOST_AUTO_TEST_CASE(busy_workers_share_few_cores) {
  SimulatedServer server({.workers = 10, .service = 10ms, .cores = 1});
  server.take(1, 1, at(0ms));
  server.take(2, 1, at(5ms));  // From here on both are half as quick.
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{15ms, 1}));
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{20ms, 2}));
}

BOOST_AUTO_TEST_CASE(a_condition_holds_for_what_is_in_hand_too) {
  SimulatedServer server({.workers = 1, .service = 10ms});
  server.take(1, 1, at(0ms));
  BOOST_TEST(server.change({.from = at(5ms), .speed = 0.5}, at(5ms)).empty());
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{15ms, 1}));
  server.change({.from = at(20ms), .fixed = 2s}, at(20ms));
  server.take(2, 1, at(20ms));
  BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{2020ms, 2}));
}

BOOST_AUTO_TEST_CASE(a_failing_server_answers_at_once_with_an_error) {
  SimulatedServer server({.workers = 1, .service = 10ms});
  server.change({.from = {}, .manner = Manner::failing}, at(0ms));
  server.take(1, 1, at(0ms));
  const auto job = server.done(server.next_done());
  BOOST_TEST(job.is_error);
  BOOST_TEST(server.report().errors == 1U);
}

BOOST_AUTO_TEST_CASE(a_silent_server_answers_nobody_and_loses_all_when_it_ends) {
  SimulatedServer server({.workers = 1, .service = 10ms});
  server.take(1, 1, at(0ms));
  server.change({.from = {}, .manner = Manner::silent}, at(1ms));
  server.take(2, 1, at(2ms));
  BOOST_TEST((server.next_done() == never));
  BOOST_TEST(server.change({}, at(1s)).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_server_that_was_dead_begins_anew) {
  SimulatedServer server({.workers = 2, .service = 10ms});
  server.take(1, 1, at(0ms));
  server.take(2, 1, at(0ms));
  next(server);
  const std::uint64_t epoch = server.report().epoch;
  const auto lost = server.change({.from = {}, .manner = Manner::dead}, at(11ms));
  BOOST_REQUIRE_EQUAL(lost.size(), 1U);
  BOOST_TEST(lost[0].id == 2U);
  server.change({}, at(20ms));
  BOOST_TEST(server.report().entries == 0U);
  BOOST_TEST(server.report().epoch != epoch);
  BOOST_TEST(server.report().idle == 2U);
}

BOOST_AUTO_TEST_CASE(who_has_gone_is_dropped_where_it_waits_and_where_that_is_noticed) {
  for (const bool cancels : {false, true}) {
    BOOST_TEST_INFO_SCOPE("cancels " << cancels);
    SimulatedServer server({.workers = 1, .service = 10ms, .cancels = cancels});
    for (const std::uint32_t id : {1U, 2U, 3U}) server.take(id, 1, at(0ms));
    server.drop(2, at(1ms));
    server.drop(1, at(1ms));
    const Duration first = cancels ? 11ms : 10ms;
    BOOST_TEST((next(server) == std::pair<Duration, std::uint32_t>{first, cancels ? 3 : 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_pool_grows_by_the_regulator) {
  SimulatedServer server(
      {.service = 10s,
       .pool = PoolLimits{.start_workers = 5, .min_spare = 5, .max_spare = 8, .max_workers = 8}});
  for (const std::uint32_t id : {1U, 2U, 3U}) server.take(id, 1, at(0ms));
  BOOST_TEST(server.report().max == 8U);
  BOOST_TEST(server.tick(Moment::tick, at(1s)) == 1U);
  server.ready(at(1s));
  BOOST_TEST(server.workers() == 6U);
  BOOST_TEST(server.tick(Moment::tick, at(2s)) == 2U);
}

BOOST_AUTO_TEST_CASE(a_probe_waits_like_a_request_and_counts_as_none) {
  SimulatedServer server({.workers = 1, .service = 10ms});
  server.take(1, 1, at(0ms));
  server.take_probe(1, at(0ms));
  next(server);
  const auto probe = server.done(server.next_done());
  BOOST_TEST(probe.is_probe);
  BOOST_TEST(server.report().entries == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
