// A worker that makes no progress on its request is asked to leave, then killed, and its record
// says so. One that is merely slow is left alone.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(request_timeout)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr double request_timeout = 1;  // Seconds.
constexpr double ask_grace = 1;
constexpr double tick = 1;
constexpr double picture_age = 0.1;
constexpr double slack = 1.5;  // For a busy machine.

Launch strict(int size) {
  return faulty(size, {"--request-timeout", "1s", "--header-timeout", "1s", "--body-timeout", "1s",
                       "--keep-alive-timeout", "1s", "--write-timeout", "1s", "--min-rate", "1"});
}

pid_t busy_worker(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  server.wait_for("dump_totals", before);
  for (const LogLine& slot : server.log("dump_slot", before))
    if (text_of(slot, "state") == "BUSY") return static_cast<pid_t>(number_of(slot, "pid"));
  return 0;
}

/// A request that gets nowhere.
struct Stuck {
  std::string target;
  std::vector<Client> client;
  LogLine taken;  ///< The picture that shows it in hand.
};

Stuck get_stuck(const Server& server, const std::string& target) {
  Stuck stuck{.target = target, .client = occupy(server, 1, target), .taken = {}};
  stuck.taken = server.log("picture").back();
  return stuck;
}

/// The line in which the worker with this request is asked to leave.
LogLine asked_for(const Server& server, const std::string& request) {
  return server.wait_for([&](const LogLine& line) {
    return is_event(line, "worker_asked") && text_of(line, "request") == request;
  });
}

/// It was asked first and killed then, each in its time, and both lines name the request.
void check_hung(const Server& server, Stuck& stuck, const std::string& shown_target) {
  const std::string request = "GET " + shown_target + " HTTP/1.1";
  const LogLine asked = asked_for(server, request);
  const LogLine end = end_of(server, static_cast<pid_t>(number_of(asked, "pid")));
  BOOST_TEST(text_of(end, "cause") == "hung");
  BOOST_TEST(text_of(end, "state") == "BUSY");
  const std::string reason = text_of(end, "reason");
  BOOST_TEST(reason.starts_with("killed (no progress for "), reason);
  BOOST_TEST(reason.ends_with("s: " + request + ")"), reason);
  const double until_asked = seconds_between(stuck.taken, asked);
  const double until_killed = seconds_between(asked, end);
  BOOST_TEST(until_asked >= request_timeout - picture_age);
  BOOST_TEST(until_asked <= request_timeout + tick + slack);
  BOOST_TEST(until_killed >= ask_grace - picture_age);
  BOOST_TEST(until_killed <= ask_grace + tick + slack);
  const auto [bytes, closed] = stuck.client.at(0).read_to_end();
  BOOST_TEST(closed);
  BOOST_TEST(bytes.empty());
}

}  // namespace

BOOST_AUTO_TEST_CASE(hung_looping_and_stopped_workers_are_asked_then_killed_and_others_serve_on) {
  Server server(strict(6));
  std::vector<pid_t> others = server.workers();
  Stuck stopped = get_stuck(server, "/sleep/60000?stopped");
  const pid_t worker = busy_worker(server);
  BOOST_TEST_REQUIRE(worker != 0);
  ::kill(worker, SIGSTOP);
  Stuck hung = get_stuck(server, "/sleep/60000?hung");
  Stuck looping = get_stuck(server, "/loop");
  Stuck rude = get_stuck(server, "/sleep/60000?%22\\x1b[31m{a}`%0a'b");
  bool served = true;
  BOOST_TEST(eventually([&] {
    served = served && get(server.port(), "/").status == 200;
    return server.log("worker_ended").size() == 4;
  }));
  BOOST_TEST(served);
  check_hung(server, stopped, stopped.target);
  check_hung(server, hung, hung.target);
  check_hung(server, looping, looping.target);
  check_hung(server, rude, "/sleep/60000?%22\\\\x1b[31m{a}`%0a'b");  // The backslash is doubled.
  for (const LogLine& end : server.log("worker_ended"))
    std::erase(others, static_cast<pid_t>(number_of(end, "pid")));
  BOOST_TEST(others.size() == 2);
  for (const pid_t pid : others) BOOST_TEST(is_alive(pid));
  BOOST_TEST(is_full(server, 6));
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_asked_and_gets_on_answers_and_leaves) {
  Server server(strict(2));
  std::vector<Client> clients = occupy(server, 1, "/sleep/100");
  const pid_t worker = busy_worker(server);
  BOOST_TEST_REQUIRE(worker != 0);
  ::kill(worker, SIGSTOP);
  server.wait_for("worker_asked");
  ::kill(worker, SIGCONT);
  const Reply reply = clients[0].read_reply();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.header("Connection") == "close");
  clients.clear();
  const LogLine end = end_of(server, worker);
  BOOST_TEST(text_of(end, "cause") == "hung");
  const std::string reason = text_of(end, "reason");
  BOOST_TEST(reason.starts_with("left when asked (no progress for "), reason);
  BOOST_TEST(reason.ends_with("s: GET /sleep/100 HTTP/1.1)"), reason);
  BOOST_TEST(!reason.ends_with("ms: GET /sleep/100 HTTP/1.1)"), reason);
  BOOST_TEST(is_full(server, 2));
}

// Five seconds in all, more than any of the time-outs and both of the watchdog's together.
BOOST_AUTO_TEST_CASE(a_slow_request_that_gets_on_is_not_killed_nor_an_idle_worker_that_is_silent) {
  Server server(strict(2));
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST_REQUIRE(suspend(workers[0]));
  Client client = Client::tcp(server.port());
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\nConnection: close\r\n\r\n");
  for (int sent = 0; sent < 20; ++sent) {
    std::this_thread::sleep_for(250ms);
    BOOST_TEST_REQUIRE(client.send("x"));
  }
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(server.log("worker_asked").empty());
  BOOST_TEST(server.log("worker_ended").empty());
  BOOST_TEST((server.workers() == workers));
}

BOOST_AUTO_TEST_SUITE_END()
