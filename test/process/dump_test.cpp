// The answer to SIGINT: the whole pool, and nothing disturbed.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <set>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(dump)

namespace {

using namespace brood::test;

struct Dump {
  LogLine head;
  std::vector<LogLine> slots;
  LogLine totals;
};

/// Asks for a dump and waits for its last line.
Dump dump(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  Dump found;
  found.totals = server.wait_for("dump_totals", before);
  found.head = server.wait_for("dump", before);
  found.slots = server.log("dump_slot", before);
  return found;
}

std::int64_t sum(const std::vector<LogLine>& lines, const char* field) {
  std::int64_t all = 0;
  for (const LogLine& line : lines) all += number_of(line, field);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_dump_shows_each_slot_and_sums_up_what_the_clients_did) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "3", "--min-spare", "3", "--max-spare", "3",
                             "--max-requests", "4", "--think-time", "0"}});
  for (int request = 0; request < 10; ++request) BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(Client::tcp(server.port()).exchange("nonsense\r\n\r\n").status == 400);
  const Client held = Client::tcp(server.port());
  server.wait_for([](const LogLine& line) { return number_of(line, "busy") == 1; });

  Dump shown;
  // Until the last is accepted, the recycled ones are there again, and the closed ones idle.
  BOOST_TEST(eventually([&] {
    shown = dump(server);
    return number_of(shown.totals, "connections") == 12 && number_of(shown.head, "idle") == 2 &&
           number_of(shown.head, "busy") == 1;
  }));
  BOOST_TEST(number_of(shown.head, "workers") == 3);
  BOOST_TEST(number_of(shown.head, "total") == 3);
  BOOST_TEST(shown.head.contains("age_us"));

  std::set<std::int64_t> pids;
  int busy = 0;
  for (std::size_t slot = 0; slot < shown.slots.size(); ++slot) {
    const LogLine& line = shown.slots[slot];
    pids.insert(number_of(line, "pid"));
    busy += text_of(line, "state") == "BUSY" ? 1 : 0;
    BOOST_TEST(static_cast<std::size_t>(number_of(line, "slot")) == slot);
    BOOST_TEST(line.contains("age_ms"));
    BOOST_TEST(number_of(line, "connections") <= 4);
  }
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST((pids == std::set<std::int64_t>(workers.begin(), workers.end())));
  BOOST_TEST(busy == 1);

  // Twelve connections: ten answered, one refused, one in hand. By slot since the start; by worker
  // with those of the recycled ones, four each.
  const std::int64_t ended = number_of(shown.totals, "workers_ended");
  BOOST_TEST(sum(shown.slots, "slot_connections") == 12);
  BOOST_TEST(sum(shown.slots, "connections") + 4 * ended == 12);
  BOOST_TEST(sum(shown.slots, "slot_errors") == 1);
  BOOST_TEST(number_of(shown.totals, "entries") == 11);
  BOOST_TEST(number_of(shown.totals, "errors") == 1);
  BOOST_TEST(shown.totals.contains("uptime_ms"));
}

BOOST_AUTO_TEST_CASE(its_last_line_says_how_to_stop) {
  Server server({.binary = BROOD_BINARY, .options = {"--log-format", "text"}});
  const Dump shown = dump(server);
  BOOST_TEST(text_of(shown.totals, "to_stop") ==
             "kill -TERM " + std::to_string(server.pid()) + ", or Ctrl-Z and then kill %1");
  std::vector<std::string> lines;
  for (const std::string& line : server.raw_log())
    if (line.starts_with("~~ ")) lines.push_back(line);
  BOOST_TEST(lines.size() == 7);  // Five slots between head and totals.
  BOOST_TEST(lines.back().find("kill -TERM") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ten_in_a_row_under_load_disturb_nothing) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "4", "--min-spare", "4", "--max-spare", "4",
                             "--think-time", "2ms"}});
  const std::vector<pid_t> workers = server.workers();
  Load load({.port = server.port(), .clients = 8, .requests_per_connection = 3});
  BOOST_TEST(load.reaches(50));
  for (int number = 0; number < 10; ++number) server.signal(SIGINT);  // The kernel may merge them.
  for (int number = 0; number < 10; ++number) {
    const Dump shown = dump(server);
    BOOST_TEST(number_of(shown.head, "workers") == 4);
    BOOST_TEST(number_of(shown.head, "idle") + number_of(shown.head, "busy") == 4);
  }
  BOOST_TEST(load.reaches(load.counts().ok + 50));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  BOOST_TEST((server.workers() == workers));

  const auto connections = static_cast<std::int64_t>(counts.connections);
  BOOST_TEST(eventually([&] { return number_of(dump(server).head, "idle") == 4; }));
  const Dump last = dump(server);
  BOOST_TEST(sum(last.slots, "connections") == connections);
  BOOST_TEST(number_of(last.totals, "connections") == connections);
  BOOST_TEST(number_of(last.totals, "entries") == static_cast<std::int64_t>(counts.ok));
  BOOST_TEST(number_of(last.totals, "errors") == 0);
  BOOST_TEST(server.stop() == 0);
  const auto contradiction = replay(server.log());
  BOOST_TEST(!contradiction, contradiction.value_or(Contradiction{}).what);
}

BOOST_AUTO_TEST_CASE(a_ctrl_c_that_reaches_the_whole_process_group_is_one_dump_and_ends_no_worker) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0"}});
  const std::vector<pid_t> workers = server.workers();
  for (int number = 0; number < 5; ++number) {
    const std::size_t before = server.mark();
    server.signal_group(SIGINT);
    server.wait_for("dump_totals", before);
    BOOST_TEST(get(server.port(), "/").status == 200);
  }
  BOOST_TEST(number_of(dump(server).totals, "workers_ended") == 0);
  BOOST_TEST(server.log("dump").size() == 6);  // None that a worker had asked for.
  BOOST_TEST((server.workers() == workers));
}

BOOST_AUTO_TEST_SUITE_END()
