// Workers that die as fast as they are made: paced first, given up on after ten in a row, tried one
// by one from then on, and forgiven by the first that lives. What still works is left alone.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <list>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(crash_loop)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr int failed_starts_max = 10;
constexpr double trial_interval = 3;  // Seconds.

std::string start_fault(const TempFolder& folder) {
  return "BROOD_FAULT_START=" + (folder / "fault");
}

void break_starts(const TempFolder& folder, const std::string& how = std::to_string(SIGSEGV)) {
  std::ofstream(folder / "fault") << how << '\n';
}

void mend_starts(const TempFolder& folder) {
  std::filesystem::remove(folder / "fault");
}

/// Births from one line to another, both left out.
std::vector<LogLine> births_between(const Server& server, const LogLine& from, const LogLine& to) {
  std::vector<LogLine> births;
  for (const LogLine& birth : server.log("worker_started"))
    if (text_of(birth, "ts") > text_of(from, "ts") && text_of(birth, "ts") < text_of(to, "ts"))
      births.push_back(birth);
  return births;
}

/// Ten pauses which double from 50 ms up to 2 s come to about seven seconds.
void check_paced(const Server& server, const LogLine& first_end, const LogLine& opened) {
  const std::vector<LogLine> births = births_between(server, first_end, opened);
  BOOST_TEST(births.size() <= failed_starts_max + 2U);
  BOOST_TEST(seconds_between(first_end, opened) > 2);
  // No second has more than the early, short pauses allow.
  for (std::size_t at = 6; at < births.size(); ++at)
    BOOST_TEST(seconds_between(births[at - 6], births[at]) > 1);
}

/// While the circuit is open, one at a time and three seconds apart.
void check_trials(const Server& server, const LogLine& opened, const LogLine& until) {
  const std::vector<LogLine> trials = births_between(server, opened, until);
  BOOST_TEST(trials.size() >= 2U);
  for (std::size_t at = 1; at < trials.size(); ++at)
    BOOST_TEST(seconds_between(trials[at - 1], trials[at]) > trial_interval - 0.1);
}

/// The first trial has failed, and the circuit is still open.
void wait_for_failed_trial(const Server& server) {
  server.wait_for("worker_ended", server.mark());
  BOOST_TEST(server.log("circuit_closed").empty());
}

/// Every worker has finished a connection: none has still to prove itself.
void prove_all(const Server& server, int count) {
  for (Client& client : occupy(server, count, "/sleep/200"))
    BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(is_full(server, count));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_handler_that_always_crashes_opens_the_circuit_and_a_good_worker_closes_it) {
  Server server(faulty(4));
  Load crashing({.port = server.port(), .clients = 2, .path = "/signal/11"});
  const LogLine opened = server.wait_for("circuit_opened");
  BOOST_TEST(text_of(opened, "level") == "error");
  BOOST_TEST(text_of(opened, "reason").find("crashed (SIGSEGV: GET /signal/11 HTTP/1.1)") !=
             std::string::npos);
  check_paced(server, server.log("worker_ended").front(), opened);
  wait_for_failed_trial(server);
  crashing.stop();
  const LogLine closed = server.wait_for("circuit_closed");
  check_trials(server, opened, closed);
  BOOST_TEST(is_full(server, 4));
  BOOST_TEST(server.log("circuit_opened").size() == 1);
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(workers_that_die_at_the_start_are_tried_until_they_live) {
  const TempFolder folder;
  break_starts(folder);
  Launch launch = faulty(3);
  launch.environment = {start_fault(folder)};
  launch.awaits_idle = false;
  Server server(launch);
  Server to_stop(launch);
  const LogLine opened = server.wait_for("circuit_opened");
  check_paced(server, server.log("worker_ended").front(), opened);
  for (const LogLine& end : server.log("worker_ended")) {
    BOOST_TEST(text_of(end, "state") == "INIT");
    BOOST_TEST(text_of(end, "cause") == "crashed");
    BOOST_TEST(text_of(end, "reason") == "crashed (SIGSEGV)");
  }
  to_stop.wait_for("circuit_opened");
  BOOST_TEST(to_stop.stop() == 0);  // As told, although nobody is left to stop.
  wait_for_failed_trial(server);
  mend_starts(folder);
  check_trials(server, opened, server.wait_for("circuit_closed"));
  BOOST_TEST(is_full(server, 3));
  BOOST_TEST(server.log("circuit_opened").size() == 1);
  BOOST_TEST(get(server.port(), "/").status == 200);
}

// Whatever it ends with: a status that a worker has for other ends, or a signal that asks it to
// leave, of which it may hear only after it was IDLE for a moment.
BOOST_AUTO_TEST_CASE(a_worker_that_never_was_idle_has_failed_to_start) {
  std::list<TempFolder> folders;
  struct Broken {
    Broken(const Launch& launch, const char* ending) : server(launch), how(ending) {}
    Server server;
    const char* how;
  };
  std::list<Broken> servers;
  for (const char* const how : {"exit 75", "exit 0", "15", "9"})
    for (const char* const model : {"prefork", "prefork-epoll", "evented"}) {
      break_starts(folders.emplace_back(), how);
      Launch launch = faulty(3, {"--model", model});
      if (std::string(model) == "evented")
        launch.options = {"--model", model, "--handler", "fault"};
      launch.environment = {start_fault(folders.back())};
      launch.awaits_idle = false;
      servers.emplace_back(launch, how);
    }
  for (const Broken& broken : servers) {
    BOOST_TEST_INFO_SCOPE(broken.how);
    broken.server.wait_for("circuit_opened");
    BOOST_TEST(broken.server.log("worker_started").size() <= failed_starts_max + 4U);
    if (broken.how == std::string_view("15")) continue;
    for (const LogLine& end : broken.server.log("worker_ended"))
      BOOST_TEST(text_of(end, "reason") != "terminated (SIGTERM from outside)");
  }
}

BOOST_AUTO_TEST_CASE(
    a_handler_that_cannot_start_at_first_ends_the_start_and_later_the_circuit_opens) {
  const TempFolder folder;
  break_starts(folder, "throw");
  for (const char* const model : {"prefork", "prefork-epoll", "evented", "thread-pool"}) {
    BOOST_TEST_INFO_SCOPE(model);
    const Finished finished =
        run_to_end({.binary = BROOD_FAULTY_BINARY,
                    .options = {"serve", "--listen", "127.0.0.1:0", "--model", model, "--handler",
                                "fault", "--log-level", "error"},
                    .environment = {start_fault(folder)}});
    BOOST_TEST(finished.status == 1);
    BOOST_TEST(finished.err.ends_with("brood: the handler cannot start: on_start: asked to fail at "
                                      "the start\n"),
               finished.err);
  }
  mend_starts(folder);
  Launch launch = faulty(2);
  launch.environment = {start_fault(folder)};
  Server server(launch);
  break_starts(folder, "throw");
  ::kill(pid_in_slot(server, 0), SIGKILL);
  server.wait_for("circuit_opened");
  BOOST_TEST(get(server.port(), "/").status == 200);
  mend_starts(folder);
  server.wait_for("circuit_closed");
  BOOST_TEST(is_full(server, 2));
}

BOOST_AUTO_TEST_CASE(good_workers_serve_on_while_their_replacements_die) {
  const TempFolder folder;
  Launch launch = faulty(4);
  launch.environment = {start_fault(folder)};
  Server server(launch);
  prove_all(server, 4);
  Load load({.port = server.port(), .clients = 2, .path = "/sleep/5"});
  BOOST_TEST(load.reaches(20));
  const pid_t lost = pid_in_slot(server, 2);
  std::vector<pid_t> good;
  for (const std::int64_t slot : {0, 1, 3}) good.push_back(pid_in_slot(server, slot));
  break_starts(folder);
  ::kill(lost, SIGTERM);  // It finishes what it has: nothing may be lost here.

  const LogLine opened = server.wait_for("circuit_opened");
  check_paced(server, end_of(server, lost), opened);
  wait_for_failed_trial(server);
  for (const pid_t pid : good) BOOST_TEST(is_alive(pid));
  mend_starts(folder);
  check_trials(server, opened, server.wait_for("circuit_closed"));
  BOOST_TEST(eventually([&] { return last_seen(server, "total") == 4; }));
  BOOST_TEST(server.log("circuit_opened").size() == 1);
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  for (const pid_t pid : good) BOOST_TEST(is_alive(pid));
}

// Two crashing requests a second, half a second apart: clients that keep their connections and come
// again when one is lost are answered all the time, and the pool is whole again at once.
BOOST_AUTO_TEST_CASE(paced_crashes_do_not_take_the_pool_from_everybody_else) {
  for (const char* const model : {"prefork", "prefork-epoll"})
    for (const int size : {2, 4}) {
      BOOST_TEST_INFO_SCOPE(model << ", " << size << " workers");
      const bool many = model == std::string_view("prefork-epoll");
      Server server(faulty(size, {"--model", model}));
      Load load({.port = server.port(),
                 .clients = many ? size : size - 1,  // Or the crash waits for a place.
                 .path = "/sleep/5",
                 .requests_per_connection = 1 << 30});
      for (int round = 0; round < 6 * size; ++round) {
        BOOST_TEST_REQUIRE(load.reaches(load.counts().ok + 10));
        Client crashing = Client::tcp(server.port());
        crashing.send(get_request("/signal/11"));
        BOOST_TEST(crashing.is_closed_by_server());
        std::this_thread::sleep_for(1000ms / size);  // That is the attack.
      }
      BOOST_TEST(load.reaches(load.counts().ok + 10));
      load.stop();
      BOOST_TEST(is_full(server, size));
      BOOST_TEST(server.log("circuit_opened").empty());
      const std::vector<LogLine> ends = server.log("worker_ended");
      const std::vector<LogLine> births = server.log("worker_started");
      BOOST_TEST(ends.size() == 6U * static_cast<unsigned>(size));
      BOOST_TEST_REQUIRE(births.size() == ends.size() + static_cast<unsigned>(size));
      for (std::size_t at = 0; at < ends.size(); ++at)
        BOOST_TEST(seconds_between(ends[at], births[at + static_cast<unsigned>(size)]) < 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
