// A worker that makes no progress on its request is asked to leave, then killed, and its record
// says so. One that is merely slow is left alone.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr double request_timeout = 1;  // Seconds.
constexpr double ask_grace = 1;
constexpr double tick = 1;
constexpr double slack = 1.5;  // For a busy machine.

Launch strict(int size) {
  return faulty(size, {"--request-timeout", "1s", "--header-timeout", "1s", "--body-timeout", "1s",
                       "--keep-alive-timeout", "1s", "--write-timeout", "1s"});
}

/// The line of the log in which the worker that this client waits for became busy.
LogLine last_picture(const Server& server) {
  return server.log("picture").back();
}

pid_t busy_worker(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  server.wait_for("dump_totals", before);
  for (const LogLine& slot : server.log("dump_slot", before))
    if (text_of(slot, "state") == "BUSY") return static_cast<pid_t>(number_of(slot, "pid"));
  return 0;
}

/// That it is asked first and killed then, each in its time, and that the others serve on.
void check_hung(const Server& server, const LogLine& taken, pid_t worker, const char* request) {
  bool served = true;
  const auto ended = [&] {
    served = served && get(server.port(), "/").status == 200;
    return !is_alive(worker);
  };
  BOOST_TEST(eventually(ended));
  BOOST_TEST(served);
  const LogLine end = end_of(server, worker);
  BOOST_TEST(text_of(end, "cause") == "hung");
  BOOST_TEST(text_of(end, "state") == "BUSY");
  const std::string reason = text_of(end, "reason");
  BOOST_TEST(reason.starts_with("killed (no progress for "), reason);
  BOOST_TEST(reason.ends_with(std::string("s: GET ") + request + " HTTP/1.1)"), reason);

  const std::vector<LogLine> asked = server.log("worker_asked");
  BOOST_TEST_REQUIRE(asked.size() == 1);
  BOOST_TEST(number_of(asked[0], "pid") == worker);
  BOOST_TEST(text_of(asked[0], "request") == std::string("GET ") + request + " HTTP/1.1");
  const double until_asked = seconds_between(taken, asked[0]);
  const double until_killed = seconds_between(asked[0], end);
  // A picture is up to 20 ms late.
  BOOST_TEST(until_asked >= request_timeout - 0.02);
  BOOST_TEST(until_asked <= request_timeout + tick + slack);
  BOOST_TEST(until_killed >= ask_grace - 0.02);
  BOOST_TEST(until_killed <= ask_grace + tick + slack);
}

void check_request(const char* request, bool stops) {
  Server server(strict(3));
  const std::vector<pid_t> before = server.workers();
  std::vector<Client> clients = occupy(server, 1, request);
  const LogLine taken = last_picture(server);
  const pid_t worker = busy_worker(server);
  BOOST_TEST_REQUIRE(worker != 0);
  if (stops) ::kill(worker, SIGSTOP);
  check_hung(server, taken, worker, request);
  const auto [bytes, closed] = clients[0].read_to_end();
  BOOST_TEST(closed);
  BOOST_TEST(bytes.empty());
  for (const pid_t pid : before) BOOST_TEST(is_alive(pid) == (pid != worker));
  BOOST_TEST(is_full(server, 3));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_timeout_rule)

BOOST_AUTO_TEST_CASE(a_handler_that_hangs_is_asked_then_killed) {
  check_request("/sleep/60000", false);
}

BOOST_AUTO_TEST_CASE(a_handler_that_loops_is_asked_then_killed) {
  check_request("/loop", false);
}

BOOST_AUTO_TEST_CASE(a_stopped_worker_with_a_request_is_asked_then_killed) {
  check_request("/sleep/60000", true);
}

BOOST_AUTO_TEST_CASE(the_clients_bytes_are_escaped_in_the_record) {
  Server server(strict(2));
  const std::string target = "/sleep/60000?%22\\x1b[31m{a}`%0a'b";
  const std::vector<Client> clients = occupy(server, 1, target);
  const LogLine end = server.wait_for("worker_ended");
  const std::string escaped = "/sleep/60000?%22\\\\x1b[31m{a}`%0a'b";
  BOOST_TEST(text_of(end, "reason").ends_with("s: GET " + escaped + " HTTP/1.1)"));
  BOOST_TEST(get(server.port(), "/").status == 200);
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
  BOOST_TEST(text_of(end, "reason").starts_with("left when asked ("));
  BOOST_TEST(is_full(server, 2));
}

// Five seconds in all, more than any of the time-outs and both of the watchdog's together.
BOOST_AUTO_TEST_CASE(a_slow_request_that_gets_on_is_not_killed) {
  Server server(strict(2));
  Client client = Client::tcp(server.port());
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\nConnection: close\r\n\r\n");
  for (int sent = 0; sent < 20; ++sent) {
    std::this_thread::sleep_for(250ms);
    BOOST_TEST_REQUIRE(client.send("x"));
  }
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(server.log("worker_asked").empty());
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_AUTO_TEST_CASE(an_idle_worker_may_be_silent_for_ever) {
  Server server(strict(2));
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST_REQUIRE(suspend(workers[0]));
  std::this_thread::sleep_for(4s);  // Two of the watchdog's and the clients' time-outs.
  BOOST_TEST((server.workers() == workers));
  ::kill(workers[0], SIGCONT);
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_AUTO_TEST_SUITE_END()
