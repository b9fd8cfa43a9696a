// A worker's life as its server tells it: INIT, IDLE, BUSY, EXIT, and the next one in its slot.
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(pool_life)

namespace {

using namespace brood::test;

bool shows(const LogLine& line, const char* state, std::int64_t count) {
  return is_event(line, "picture") && number_of(line, state) == count;
}

std::vector<LogLine> recycled(const Server& server) {
  std::vector<LogLine> ends;
  for (const LogLine& end : server.log("worker_ended"))
    if (text_of(end, "cause") == "recycled") ends.push_back(end);
  return ends;
}

bool comes_to(const Server& server, std::size_t recycled_count) {
  return eventually([&] { return recycled(server).size() >= recycled_count; });
}

/// What the regulator's next act was after each recycled worker's end: "recycled" where its slot
/// was filled at once, and anything else where a tick or a look was needed to find that it is
/// short.
std::multiset<std::string> acts_after_recycling(const std::vector<LogLine>& log) {
  std::multiset<std::string> acts;
  bool has_ended = false;
  for (const LogLine& line : log) {
    if (is_event(line, "stopping")) break;
    if (has_ended && is_event(line, "regulate")) {
      acts.insert(text_of(line, "reason"));
      has_ended = false;
    }
    if (is_event(line, "worker_ended")) has_ended = text_of(line, "cause") == "recycled";
  }
  return acts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_workers_are_forked_in_init_and_become_idle) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "3", "--min-spare", "1", "--max-spare", "5"}});
  std::set<std::int64_t> pids;
  std::int64_t slot = 0;
  for (const LogLine& birth : server.log("worker_started")) {
    pids.insert(number_of(birth, "pid"));
    BOOST_TEST(number_of(birth, "slot") == slot++);
    BOOST_TEST(text_of(birth, "state") == "INIT");
    BOOST_TEST(number_of(birth, "starting") == slot);
  }
  const std::vector<pid_t> children = server.workers();
  BOOST_TEST(slot == 3);
  BOOST_TEST((pids == std::set<std::int64_t>(children.begin(), children.end())));

  std::int64_t acknowledged = 0;
  for (const LogLine& picture : server.log("picture"))
    acknowledged += number_of(picture, "acknowledged");
  BOOST_TEST(acknowledged == 3);
  BOOST_TEST(number_of(server.log("picture").back(), "idle") == 3);
}

BOOST_AUTO_TEST_CASE(a_worker_is_busy_from_accept_to_close) {
  Server server({.binary = BROOD_BINARY, .options = {"--start-workers", "2", "--think-time", "0"}});
  const std::size_t before = server.mark();
  Client client = Client::tcp(server.port());  // Says nothing yet: accepted is enough.
  const LogLine busy =
      server.wait_for([](const LogLine& line) { return shows(line, "busy", 1); }, before);
  BOOST_TEST(number_of(busy, "connections") == 1);
  BOOST_TEST(number_of(busy, "became_busy") == 1);

  BOOST_TEST(client.exchange(get_request("/")).status == 200);
  BOOST_TEST(client.exchange(get_request("/")).status == 200);  // Still the same connection.
  const std::size_t answered = server.mark();
  client.close();
  const LogLine idle =
      server.wait_for([](const LogLine& line) { return shows(line, "busy", 0); }, answered);
  BOOST_TEST(number_of(idle, "became_idle") == 1);
  BOOST_TEST(number_of(idle, "connections") == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_serves_its_share_exactly_and_is_replaced_in_its_slot) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "3", "--min-spare", "3", "--max-spare", "3",
                             "--max-requests", "5", "--think-time", "0"}});
  Load load({.port = server.port(), .clients = 3});
  BOOST_TEST(comes_to(server, 20));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  server.stop();

  const std::vector<LogLine> log = server.log();
  std::size_t replaced = 0;
  for (std::size_t at = 0; at < log.size() && !is_event(log[at], "stopping"); ++at) {
    if (!is_event(log[at], "worker_ended")) continue;
    BOOST_TEST(text_of(log[at], "cause") == "recycled", text_of(log[at], "reason"));
    BOOST_TEST(text_of(log[at], "state") == "EXIT");
    BOOST_TEST(number_of(log[at], "connections") == 5);
    std::size_t next = at;
    while (next < log.size() && !is_event(log[next], "worker_started")) ++next;
    if (next == log.size()) break;  // Its replacement was overtaken by the stop.
    BOOST_TEST(number_of(log[next], "slot") == number_of(log[at], "slot"));
    BOOST_TEST(number_of(log[next], "pid") != number_of(log[at], "pid"));
    ++replaced;
  }
  BOOST_TEST(replaced >= 20);
}

BOOST_AUTO_TEST_CASE(jitter_spreads_the_shares) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "4", "--max-requests", "5", "--max-requests-jitter",
                             "10", "--think-time", "0"}});
  Load load({.port = server.port(), .clients = 3});
  BOOST_TEST(comes_to(server, 30));
  load.stop();
  std::set<std::int64_t> shares;
  for (const LogLine& end : recycled(server)) shares.insert(number_of(end, "connections"));
  BOOST_TEST(shares.size() > 1);
  BOOST_TEST(*shares.begin() >= 5);
  BOOST_TEST(*shares.rbegin() <= 15);
}

BOOST_AUTO_TEST_CASE(recycling_under_load_loses_nothing_and_leaves_spares) {
  Server server(
      {.binary = BROOD_BINARY,
       .options = {"--start-workers", "8", "--min-spare", "2", "--max-spare", "10",
                   "--max-requests", "10", "--max-requests-jitter", "10", "--think-time", "10ms"}});
  Load load({.port = server.port(), .clients = 4});
  BOOST_TEST(comes_to(server, 60));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  // Replaced at once, not when the regulator next finds that spares are short.
  const auto acts = acts_after_recycling(server.log());
  BOOST_TEST(acts.size() >= 59);  // The last may have met the end of the load.
  BOOST_TEST(acts.count("recycled") == acts.size());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
