#include "control/pool_dump.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pool_dump)

namespace {

using namespace brood;

std::vector<std::string> lines_of(const PoolStatus& status) {
  std::vector<std::string> lines;
  for (const LogEvent& event : dump_of(status)) {
    const std::string line = format_text(event, {});
    lines.push_back(line.substr(0, 3) + line.substr(line.find("info ") + 5));
  }
  return lines;
}

PoolStatus pool_of_one() {
  PoolStatus status;
  status.pid = 77;
  status.generation = 2;
  status.uptime = 2s;
  status.picture_age = 5us;
  status.picture_age_most = 9ms;
  status.states = {.idle = 1, .busy = 0, .starting = 0, .exiting = 0};
  status.workers = {{.slot = 3,
                     .generation = 1,
                     .pid = 100,
                     .state = WorkerState::idle,
                     .age = 1500ms,
                     .connections = 4,
                     .open = 0,
                     .errors = 1,
                     .slot_connections = 14,
                     .slot_errors = 2}};
  status.workers_ended = 6;
  status.connections = 20;
  status.entries = 19;
  status.errors = 2;
  return status;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_dump_has_a_head_a_line_for_each_worker_and_the_sums) {
  const auto lines = lines_of(pool_of_one());
  const std::vector<std::string> want{
      "~~ dump workers=1 idle=1 busy=0 starting=0 exiting=0 total=1 generation=2 age_us=5",
      "~~ dump_slot slot=3 pid=100 generation=1 state=IDLE age_ms=1500 connections=4 open=0 "
      "slot_connections=14 errors=1 slot_errors=2",
      "~~ dump_totals connections=20 entries=19 errors=2 workers_ended=6 uptime_ms=2000 "
      "age_max_us=9000 access_lines_lost=0 to_stop=\"kill -TERM 77, or Ctrl-Z and then kill %1\""};
  BOOST_TEST(lines == want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_there_is_besides_has_a_line_before_the_sums) {
  PoolStatus status = pool_of_one();
  status.sole_worker = {.model = "thread-pool",
                        .unit = "connections",
                        .open = 7,
                        .most = 8,
                        .limit = 64,
                        .since_start = 20,
                        .threads = 4};
  status.reporter = {.pid = 101, .listen = "127.0.0.1:9000", .age = 1s};
  auto lines = lines_of(status);
  BOOST_TEST_REQUIRE(lines.size() == 5U);
  BOOST_TEST(lines[2] ==
             "~~ dump_model model=thread-pool connections=7 most=8 limit=64 "
             "since_start=20 threads=4 queued=3");
  BOOST_TEST(lines[3] == "~~ dump_reporter pid=101 listen=127.0.0.1:9000 age_ms=1000");
  status.sole_worker->threads = 0;
  status.sole_worker->unit = "threads";
  BOOST_TEST(lines_of(status)[2] ==
             "~~ dump_model model=thread-pool threads=7 most=8 limit=64 since_start=20");
}

BOOST_AUTO_TEST_SUITE_END()
