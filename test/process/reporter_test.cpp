// Goal: with --health-listen busy does not look dead, and the child that answers there is in
// nobody's way. Method: take all workers out of service in every manner and probe; harm the
// reporter and its supervisor and look at what is left.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"
#include "support/health.hpp"

BOOST_AUTO_TEST_SUITE(reporter)

namespace {

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

const std::vector<std::string> reporting{"--health-listen", "127.0.0.1:0"};

/// A pool of two that cannot grow, and a reporter.
Launch launch_of(std::vector<std::string> more = {}) {
  std::vector<std::string> options = pool_of(2, {"--max-workers", "2", "--think-time", "300s"});
  options.insert(options.end(), reporting.begin(), reporting.end());
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_BINARY, .options = options};
}

pid_t reporter_of(const Server& server) {
  return static_cast<pid_t>(number_of(server.log("reporter_started").back(), "pid"));
}

/// The reporter that was made after `old`.
pid_t next_reporter(const Server& server, pid_t old) {
  if (!eventually([&] { return reporter_of(server) != old; }))
    throw std::runtime_error("no other reporter; the log ends with\n" + server.log_tail());
  return reporter_of(server);
}

std::vector<pid_t> pool_workers(const Server& server) {
  std::vector<pid_t> workers = server.workers();
  std::erase(workers, reporter_of(server));
  return workers;
}

/// Where the reporter listens.
std::uint16_t health_port(const Server& server) {
  const std::string where = text_of(server.wait_for("reporter_started"), "listen");
  return static_cast<std::uint16_t>(std::stoi(where.substr(where.rfind(':') + 1)));
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_answers_while_every_worker_is_busy) {
  Server server(launch_of());
  const auto busy = occupy(server, 2, "/");
  const Client waiting = Client::tcp(server.port());
  BOOST_TEST(eventually([&] { return load_at(health_port(server)).queue == 1; }));
  const LoadReport load = load_at(health_port(server));
  BOOST_TEST(load.busy == 2U, "a probe of the reporter takes no place");
  BOOST_TEST(load.idle == 0U);
  BOOST_TEST(load.max == 2U);
  BOOST_TEST(load.in_flight == 2U);
}

BOOST_AUTO_TEST_CASE(it_answers_while_every_worker_stands_still) {
  Server server(launch_of());
  const std::uint16_t port = health_port(server);
  for (const pid_t worker : pool_workers(server)) BOOST_TEST_REQUIRE(suspend(worker));
  BOOST_TEST(load_at(port).idle == 2U);
}

BOOST_AUTO_TEST_CASE(it_answers_nothing_else) {
  Server server(launch_of({"--health-path", "/how"}));
  const std::uint16_t port = health_port(server);
  const struct {
    const char* name;
    std::string request;
    int status;
  } rows[] = {
      {"the path", get_request("/how"), 200},
      {"another path", get_request("/"), 404},
      {"another method", "DELETE /how HTTP/1.1\r\nHost: test\r\n\r\n", 404},
      {"a body", "POST /how HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc", 404},
      {"no host", "GET /how HTTP/1.1\r\n\r\n", 400},
      {"no HTTP", "\x16\x03\x01\r\n\r\n", 400},
  };
  for (const auto& row : rows)
    BOOST_TEST(Client::tcp(port).exchange(row.request).status == row.status, row.name);
}

BOOST_AUTO_TEST_CASE(it_answers_where_the_workers_do_not) {
  Server server(launch_of({"--health-path", "off"}));
  BOOST_TEST(load_at(health_port(server)).max == 2U);
}

BOOST_AUTO_TEST_CASE(clients_that_dawdle_or_crowd_do_not_keep_it_from_others) {
  Server server(launch_of());
  std::vector<Client> crowd;
  for (int made = 0; made < 300; ++made) {  // More than it has places for.
    crowd.push_back(Client::tcp(health_port(server)));
    crowd.back().send("GET /healthcheck HT");
  }
  BOOST_TEST(load_at(health_port(server)).max == 2U);
  BOOST_TEST(crowd.front().read_reply().status == 408);
}

BOOST_AUTO_TEST_CASE(it_counts_in_no_number_of_the_pool_and_has_a_line_in_the_dump) {
  Server server(launch_of());
  BOOST_TEST(get(health_port(server), "/elsewhere").status == 404);
  server.signal(SIGINT);
  const LogLine totals = server.wait_for("dump_totals");
  BOOST_TEST(number_of(totals, "connections") == 0);
  BOOST_TEST(number_of(totals, "entries") == 0);
  BOOST_TEST(number_of(server.log("dump").front(), "workers") == 2);
  BOOST_TEST(server.log("dump_slot").size() == 2);
  BOOST_TEST_REQUIRE(server.log("dump_reporter").size() == 1);
  BOOST_TEST(number_of(server.log("dump_reporter").front(), "pid") == reporter_of(server));
}

BOOST_AUTO_TEST_CASE(it_comes_back_however_often_it_is_killed) {
  Server server(launch_of());
  const std::uint16_t port = health_port(server);
  for (int times = 0; times < 4; ++times) {
    const pid_t pid = reporter_of(server);
    ::kill(pid, SIGKILL);
    BOOST_TEST(next_reporter(server, pid) != pid);
    BOOST_TEST(load_at(port).idle == 2U);
  }
  const LogLine ended = server.log("reporter_ended").front();
  BOOST_TEST(text_of(ended, "cause") == "killed");
  BOOST_TEST(text_of(ended, "reason") == "killed (SIGKILL)");
  BOOST_TEST(server.log("worker_ended").empty(), "nobody else is touched");
}

BOOST_AUTO_TEST_CASE(one_that_stands_still_while_somebody_waits_is_replaced) {
  Server server(launch_of());
  const std::uint16_t port = health_port(server);
  const pid_t pid = reporter_of(server);
  BOOST_TEST_REQUIRE(suspend(pid));
  BOOST_TEST(load_at(port).idle == 2U);
  BOOST_TEST(next_reporter(server, pid) != pid);
  const LogLine ended = server.wait_for("reporter_ended");
  BOOST_TEST(text_of(ended, "cause") == "hung");
  BOOST_TEST(text_of(ended, "reason").starts_with("killed (no progress for "),
             text_of(ended, "reason"));
}

BOOST_AUTO_TEST_CASE(it_holds_its_listener_its_channel_and_what_it_counts_and_nothing_else) {
  Server server(launch_of());
  BOOST_TEST(load_at(health_port(server)).idle == 2U);
  std::ptrdiff_t sockets = 0;
  BOOST_TEST(eventually([&] {
               const std::vector<std::string> files = open_files(reporter_of(server));
               sockets = std::ranges::count_if(
                   files, [](const std::string& file) { return file.starts_with("socket:"); });
               return sockets == 3 &&
                      files.size() == 3 + 3 + 2;  // With stdio, an epoll and a signalfd.
             }),
             sockets << " sockets");
}

BOOST_AUTO_TEST_CASE(it_dies_with_its_supervisor) {
  Server server(launch_of());
  const pid_t pid = reporter_of(server);
  BOOST_TEST_REQUIRE(suspend(pid));
  server.signal(SIGKILL);
  BOOST_TEST(eventually([&] { return living_members(server.pid()).empty(); }));
}

BOOST_AUTO_TEST_CASE(it_tells_of_a_server_that_is_stopping_and_leaves_after_the_last_worker) {
  const struct {
    const char* name;
    bool to_all;  ///< As a service manager does it.
  } rows[] = {{"to the supervisor", false}, {"to the whole group", true}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Server server(launch_of());
      const std::uint16_t port = health_port(server);
      Client client = Client::tcp(server.port());
      client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf");
      BOOST_TEST(eventually([&] { return load_at(port).in_flight == 1; }));
      const pid_t first = reporter_of(server);
      row.to_all ? server.signal_group(SIGTERM) : server.signal(SIGTERM);
      server.wait_for("stopping");
      if (row.to_all) next_reporter(server, first);
      BOOST_TEST(load_at(port).is_draining);
      BOOST_TEST(load_at(port).in_flight == 1U);
      client.abort();
      BOOST_TEST(server.wait_exit() == 0);
      BOOST_TEST(text_of(server.log("reporter_ended").back(), "cause") == "stopped");
      BOOST_TEST(living_members(server.pid()).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_reporter_that_stands_still_does_not_hold_up_a_stop) {
  Server server(launch_of());
  BOOST_TEST_REQUIRE(suspend(reporter_of(server)));
  BOOST_TEST(server.stop() == 0);
  Server second(launch_of());
  BOOST_TEST_REQUIRE(suspend(reporter_of(second)));
  second.signal(SIGQUIT);
  BOOST_TEST(second.wait_exit() == 0);
  BOOST_TEST(living_members(second.pid()).empty());
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_is_refused_before_anything_starts) {
  Server other({.binary = BROOD_BINARY});
  const std::string taken = other.listeners().front();
  const struct {
    const char* name;
    std::vector<std::string> options;
    int status;
    std::string says;
  } rows[] = {
      {"no address", {"--health-listen", "8080"}, 2, "--health-listen 8080"},
      {"a name", {"--health-listen", "localhost:1"}, 2, "127.0.0.1 for localhost"},
      {"taken", {"--health-listen", taken}, 3, "cannot listen at " + taken},
      {"checked, too", {"--health-listen", "nowhere", "--check"}, 2, "--health-listen nowhere"},
  };
  for (const auto& row : rows) {
    Launch launch{.binary = BROOD_BINARY, .options = {"serve", "--listen", "127.0.0.1:0"}};
    launch.options.insert(launch.options.end(), row.options.begin(), row.options.end());
    const Finished refused = run_to_end(launch);
    BOOST_TEST(refused.status == row.status, row.name);
    BOOST_TEST(refused.err.find(row.says) != std::string::npos, row.name << ": " << refused.err);
    BOOST_TEST(std::ranges::count(refused.err, '\n') == 1, refused.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
