// Stopping: nothing that was accepted is lost, and no longer than graceful-timeout.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(balance_stop)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_CASE(sigterm_finishes_what_is_in_hand_and_what_waits) {
  std::atomic<bool> may_go{false};
  Backend backend([&](Visit& visit) {
    visit.read_head();
    while (!may_go && !visit.is_left()) std::this_thread::yield();
    visit.send(ok_reply("late"));
  });
  Server balancer(course_balancer({&backend}, {"-N", "1"}));
  std::vector<Client> clients;
  for (int count = 0; count < 3; ++count) {
    clients.push_back(Client::tcp(balancer.port()));
    clients.back().send("GET / HTTP/1.1\r\n\r\n");
    clients.back().half_close();
  }
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  balancer.signal(SIGTERM);
  balancer.wait_for("stopping");
  BOOST_TEST(eventually([&] { return !Client::tcp(balancer.port()).is_connected(); }));
  may_go = true;
  for (Client& client : clients) BOOST_TEST(client.read_reply().body == "late");
  BOOST_TEST(balancer.wait_exit() == 0);
  BOOST_TEST(number_of(balancer.wait_for("stopped"), "cut") == 0);
}

BOOST_AUTO_TEST_CASE(graceful_timeout_cuts_and_counts) {
  Backend backend([](Visit& visit) { visit.hold(); });
  Server balancer(course_balancer({&backend}, {"--graceful-timeout", "100ms"}));
  Client client = Client::tcp(balancer.port());
  client.send("x");
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  BOOST_TEST(balancer.stop() == 0);
  const LogLine stopped = balancer.wait_for("stopped");
  BOOST_TEST(text_of(stopped, "reason") == "graceful-timeout");
  BOOST_TEST(number_of(stopped, "cut") == 1);
}

BOOST_AUTO_TEST_CASE(a_second_sigterm_and_sigquit_stop_at_once) {
  for (const int second : {SIGTERM, SIGQUIT}) {
    Backend backend([](Visit& visit) { visit.hold(); });
    Server balancer(course_balancer({&backend}));
    Client client = Client::tcp(balancer.port());
    client.send("x");
    BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
    balancer.signal(SIGTERM);
    balancer.wait_for("stopping");
    balancer.signal(second);
    BOOST_TEST(balancer.wait_exit() == 0);
    BOOST_TEST(number_of(balancer.wait_for("stopped"), "cut") == 1);
  }
}

BOOST_AUTO_TEST_CASE(under_load_no_request_is_lost) {
  Backend one, two;
  Server balancer(course_balancer({&one, &two}, {"-N", "8", "--threads", "2"}));
  Load load({.port = balancer.port(), .clients = 4, .path = "/"});
  BOOST_TEST(load.reaches(200));
  balancer.signal(SIGTERM);
  balancer.wait_for("stopped");
  BOOST_TEST(balancer.wait_exit() == 0);
  const LoadCounts counts = load.stop();
  // Whoever came after the end was not connected; nobody who was connected went without an answer.
  BOOST_TEST(counts.connections == counts.ok, counts.first_failure);
}

BOOST_AUTO_TEST_SUITE_END()
