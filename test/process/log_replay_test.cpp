// Whoever replays the log has the pool, at each line that shows it.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <map>
#include <set>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(log_replay)

namespace {

using namespace brood::test;

std::size_t ended(const Server& server, std::string_view cause) {
  std::size_t count = 0;
  for (const LogLine& end : server.log("worker_ended")) count += text_of(end, "cause") == cause;
  return count;
}

/// Kills a worker at its work. The one that was chosen may be leaving just then: until one is hit.
void kill_one(const Server& server) {
  const std::size_t before = ended(server, "killed");
  BOOST_TEST(eventually([&] {
               const std::vector<pid_t> workers = server.workers();
               if (!workers.empty()) ::kill(workers[workers.size() / 2], SIGKILL);
               return eventually([&] { return ended(server, "killed") > before; },
                                 std::chrono::milliseconds{200});
             }),
             server.log_tail());
}

/// A run in which everything happens: bursts, recycling, workers killed in their work, growth,
/// drains, dumps, and a stop with requests in hand.
std::vector<LogLine> eventful_run(const std::string& format) {
  Server server(
      {.binary = BROOD_BINARY,
       .options = {"--start-workers", "4", "--min-spare", "2", "--max-spare", "4", "--max-workers",
                   "24", "--max-requests", "20", "--max-requests-jitter", "20", "--think-time",
                   "exp:4ms", "--header-timeout", "1m", "--log-format", format}});
  Load load({.port = server.port(), .clients = 6, .requests_per_connection = 2});
  BOOST_TEST(eventually([&] { return ended(server, "recycled") >= 20; }), server.log_tail());
  for (int number = 0; number < 5; ++number) {
    kill_one(server);
    server.signal(SIGINT);
  }
  load.stop();
  BOOST_TEST(eventually([&] { return ended(server, "drained") >= 1; }), server.log_tail());
  Client in_hand = Client::tcp(server.port());
  BOOST_TEST(in_hand.exchange(get_request("/")).status == 200);  // So it is accepted.
  in_hand.send("GET / HT");
  server.signal(SIGTERM);
  server.wait_for("stopping");
  in_hand.send("TP/1.1\r\nHost: test\r\n\r\n");
  const Reply reply = in_hand.read_reply();
  BOOST_TEST(reply.status == 200, reply.body);
  in_hand.close();
  BOOST_TEST(server.wait_exit() == 0);
  // Not one line that is no event.
  BOOST_TEST(server.raw_log().size() == server.log().size());
  return server.log();
}

void check_replays(const std::vector<LogLine>& log) {
  const auto contradiction = replay(log);
  BOOST_TEST(!contradiction, contradiction.value_or(Contradiction{}).what);
  BOOST_TEST(is_event(log.back(), "stopped"));
  BOOST_TEST(number_of(log.back(), "connections") > 400);
}

/// The first line of an event, at or behind `from`, taken out.
std::vector<LogLine> without(std::vector<LogLine> log, std::string_view event) {
  for (auto line = log.begin(); line != log.end(); ++line) {
    if (!is_event(*line, event)) continue;
    log.erase(line);
    break;
  }
  return log;
}

/// For each event the fields that all of its lines have.
std::map<std::string, std::set<std::string>> fields_by_event(const std::vector<LogLine>& log) {
  std::map<std::string, std::set<std::string>> fields;
  for (const LogLine& line : log) {
    std::set<std::string> names;
    for (const auto& member : line)
      if (member.key() != "mark") names.insert(member.key());
    const auto [known, is_new] = fields.try_emplace(text_of(line, "event"), names);
    if (!is_new) std::erase_if(known->second, [&](auto& name) { return !names.contains(name); });
  }
  return fields;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_whole_run_replays_in_both_formats_which_tell_the_same) {
  const std::vector<LogLine> json = eventful_run("json");
  check_replays(json);
  const std::vector<LogLine> text = eventful_run("text");
  check_replays(text);

  const std::map<std::string, std::string> marks{{"picture", "@@"},
                                                 {"regulate", "##"},
                                                 {"dump", "~~"},
                                                 {"dump_slot", "~~"},
                                                 {"dump_totals", "~~"}};
  for (const LogLine& line : text) {
    const auto mark = marks.find(text_of(line, "event"));
    BOOST_TEST(text_of(line, "mark") == (mark == marks.end() ? "--" : mark->second));
  }
  const auto in_json = fields_by_event(json);
  const auto in_text = fields_by_event(text);
  BOOST_TEST(in_json.size() == in_text.size());
  for (const auto& [event, fields] : in_json) {
    BOOST_TEST_CONTEXT(event) {
      BOOST_REQUIRE(in_text.contains(event));
      BOOST_TEST(fields == in_text.at(event), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_missing_is_noticed) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "2", "--think-time", "0", "--max-requests", "3"}});
  for (int request = 0; request < 12; ++request) BOOST_TEST(get(server.port(), "/").status == 200);
  server.stop();
  const std::vector<LogLine> log = server.log();
  BOOST_TEST(!replay(log));
  for (const char* event : {"worker_started", "picture", "worker_ended"})
    BOOST_TEST(replay(without(log, event)).has_value(), event);
}

BOOST_AUTO_TEST_CASE(verbose_off_sums_up_what_is_usual) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--verbose", "off", "--think-time", "0", "--max-requests", "3"},
                 .awaits_idle = false});
  for (int request = 0; request < 12; ++request) BOOST_TEST(get(server.port(), "/").status == 200);
  const LogLine sum = server.wait_for("pool");
  BOOST_TEST(number_of(sum, "started") >= 5);
  BOOST_TEST(number_of(sum, "started") - number_of(sum, "ended") == number_of(sum, "total"));
  server.stop();
  for (const char* event : {"picture", "worker_started", "worker_ended", "regulate"})
    BOOST_TEST(server.log(event).empty(), event);
  BOOST_TEST(server.log("pool").size() == 1U);
  BOOST_TEST(number_of(server.log("stopped").at(0), "entries") == 12);
}

BOOST_AUTO_TEST_SUITE_END()
