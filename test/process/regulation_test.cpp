// The size of the pool under real clients: how fast it grows, how it shrinks, where it stops.
#include <boost/test/unit_test.hpp>
#include <set>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(regulation)

namespace {

using namespace brood::test;
using Clock = std::chrono::steady_clock;

/// Between two ticks of the regulator is a second; logged times may be a little off.
constexpr double tick_least = 0.9;

std::vector<LogLine> acts(const Server& server, std::string_view reason) {
  std::vector<LogLine> found;
  for (const LogLine& act : server.log("regulate"))
    if (text_of(act, "reason") == reason) found.push_back(act);
  return found;
}

/// Connections with the first letter of a request: each keeps a worker BUSY until it is closed or
/// answered.
std::vector<Client> hold(const Server& server, int count) {
  std::vector<Client> held;
  for (int at = 0; at < count; ++at) {
    held.push_back(Client::tcp(server.port()));
    held.back().send("G");
  }
  return held;
}

void wait_for_busy(const Server& server, std::size_t count, std::size_t from = 0) {
  server.wait_for(
      [&](const LogLine& line) {
        return is_event(line, "picture") &&
               static_cast<std::size_t>(number_of(line, "busy")) == count;
      },
      from);
}

/// "slot 3, pid 4711, ..." of the demo's page.
std::int64_t slot_of(const Reply& reply) {
  return std::stoi(reply.body.substr(5));
}

/// "slot 3 told to leave, the longest idle".
std::int64_t drained_slot(const LogLine& act) {
  return std::stoi(text_of(act, "outcome").substr(5));
}

/// A tick at which nothing is to happen leaves no trace: only the clock can tell that one has
/// passed, and a busy machine's may be late.
void let_a_tick_pass() {
  const auto late = Clock::now() + std::chrono::seconds{2};
  eventually([&] { return Clock::now() > late; });
}

void check_a_tick_apart(const std::vector<LogLine>& found) {
  for (std::size_t at = 1; at < found.size(); ++at)
    BOOST_TEST(seconds_of(found[at]) - seconds_of(found[at - 1]) >= tick_least);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_burst_is_met_by_1_2_4_8_workers_a_second_and_the_next_one_by_1) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "1", "--min-spare", "1", "--max-spare", "20",
                             "--header-timeout", "1m"}});
  const std::vector<Client> burst = hold(server, 14);
  wait_for_busy(server, 14);
  const std::vector<LogLine> steps = acts(server, "below_min");
  BOOST_REQUIRE(steps.size() == 4);
  std::int64_t want = 1;
  for (const LogLine& step : steps) {
    BOOST_TEST(text_of(step, "action") == "spawn");
    BOOST_TEST(number_of(step, "count") == want);
    want *= 2;
  }
  check_a_tick_apart(steps);

  let_a_tick_pass();  // 16 workers, two of them idle: content, and the ladder begins anew.
  const std::size_t content = server.mark();
  const std::vector<Client> more = hold(server, 2);
  const LogLine next = server.wait_for(
      [](const LogLine& line) { return text_of(line, "reason") == "below_min"; }, content);
  BOOST_TEST(number_of(next, "count") == 1);
}

BOOST_AUTO_TEST_CASE(the_longest_idle_is_drained_each_second_and_never_a_busy_one) {
  // `demand` brings five busy workers at once; what is drained is the same rule.
  Server server({.binary = BROOD_BINARY,
                 .options = {"--policy", "demand", "--start-workers", "1", "--min-spare", "0",
                             "--max-spare", "1", "--think-time", "0", "--header-timeout", "1m"}});
  std::vector<Client> clients = hold(server, 5);
  wait_for_busy(server, 5);
  const std::size_t all_busy = server.mark();
  std::vector<std::int64_t> released;  // In the order in which they became idle.
  for (std::size_t left = 4; left >= 1; --left) {
    Client& client = clients[clients.size() - left];
    released.push_back(slot_of(client.exchange(get_request("/", {"Connection: close"}).substr(1))));
    wait_for_busy(server, left, all_busy);
  }
  server.wait_for(
      [](const LogLine& line) {
        return is_event(line, "worker_ended") && number_of(line, "total") == 2;
      },
      all_busy);

  const std::vector<LogLine> drains = acts(server, "above_max");
  check_a_tick_apart(drains);
  std::vector<std::int64_t> drained;  // Without a spare that nobody had used.
  for (const LogLine& act : drains) {
    BOOST_TEST(number_of(act, "count") == 1);
    if (std::ranges::find(released, drained_slot(act)) != released.end())
      drained.push_back(drained_slot(act));
  }
  const std::vector<std::int64_t> all_but_the_last(released.begin(), released.end() - 1);
  BOOST_TEST(drained == all_but_the_last, boost::test_tools::per_element());
  for (const LogLine& end : server.log("worker_ended"))
    BOOST_TEST(text_of(end, "reason") == "drained (idle above max-spare)");

  const std::int64_t busy_all_along = slot_of(clients[0].exchange(get_request("/").substr(1)));
  for (const LogLine& act : drains) BOOST_TEST(drained_slot(act) != busy_all_along);
}

BOOST_AUTO_TEST_CASE(draining_under_load_interrupts_no_request) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "8", "--min-spare", "1", "--max-spare", "3",
                             "--think-time", "5ms"}});
  Load load({.port = server.port(), .clients = 2});
  BOOST_TEST(eventually([&] { return server.log("worker_ended").size() >= 3; }));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  for (const LogLine& end : server.log("worker_ended"))
    BOOST_TEST(text_of(end, "cause") == "drained");
}

BOOST_AUTO_TEST_CASE(a_static_pool_keeps_its_workers_whatever_they_do) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "3", "--min-spare", "3", "--max-spare", "3",
                             "--think-time", "20ms"}});
  const std::vector<pid_t> workers = server.workers();
  Load load({.port = server.port(), .clients = 6});
  BOOST_TEST(load.reaches(400));  // 3 workers, 50 a second each: more than two ticks.
  load.stop();
  BOOST_TEST((server.workers() == workers));
  BOOST_TEST(server.log("regulate").size() == 1);  // The start.
  for (const LogLine& picture : server.log("picture")) BOOST_TEST(number_of(picture, "total") == 3);
}

BOOST_AUTO_TEST_CASE(the_ceiling_is_never_passed_and_is_logged_once) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "3", "--min-spare", "3", "--max-spare", "4",
                             "--max-workers", "5", "--header-timeout", "1m"}});
  const std::vector<Client> burst = hold(server, 8);
  const LogLine met =
      server.wait_for([](const LogLine& line) { return text_of(line, "reason") == "at_ceiling"; });
  BOOST_TEST(text_of(met, "action") == "none");
  BOOST_TEST(number_of(met, "total") == 5);
  let_a_tick_pass();
  BOOST_TEST(server.workers().size() == 5);
  BOOST_TEST(acts(server, "at_ceiling").size() == 1);
  for (const LogLine& line : server.log()) BOOST_TEST(number_of(line, "total") <= 5);
}

BOOST_AUTO_TEST_CASE(demand_meets_a_burst_at_once) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--policy", "demand", "--start-workers", "5", "--min-spare", "5",
                             "--max-spare", "50", "--think-time", "3s"}});
  std::vector<Client> burst = hold(server, 40);
  for (Client& client : burst) client.send(get_request("/").substr(1));
  // All of them are in hand before the first is answered; the ladder has twelve workers by then.
  wait_for_busy(server, 40);
  for (Client& client : burst) BOOST_TEST(client.read_reply().status == 200);
  // No act spawns more than 32: there were several, and they have not waited for a tick.
  const std::vector<LogLine> acted = acts(server, "running_dry");
  BOOST_REQUIRE(acted.size() > 1);
  BOOST_TEST(seconds_of(acted[1]) - seconds_of(acted[0]) < tick_least);
}

BOOST_AUTO_TEST_SUITE_END()
