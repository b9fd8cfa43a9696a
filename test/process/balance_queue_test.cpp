// Places at servers, and the queue for them: who waits, for how long, and who is sent away.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <mutex>
#include <string>
#include <vector>

#include "support/balancer.hpp"

namespace {

using namespace brood::test;

/// A server that answers when it is allowed to, and notes in which order it was asked.
class Gate {
 public:
  Backend& backend() { return backend_; }
  /// So many more may be answered.
  void let(int count) { allowed_ += count; }
  std::string order() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  bool comes_to(std::size_t count) const {
    return eventually([&] { return order().size() == count; });
  }

 private:
  void serve(Visit& visit) {
    for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
      {
        const std::lock_guard lock(mutex_);
        order_ += head.substr(head.find('/') + 1, 1);
      }
      while (!visit.is_left()) {
        int allowed = allowed_;
        if (allowed > 0 && allowed_.compare_exchange_weak(allowed, allowed - 1)) break;
        std::this_thread::yield();
      }
      if (!visit.send(ok_reply(head.substr(head.find('/') + 1, 1)))) return;
    }
  }

  std::atomic<int> allowed_ = 0;
  mutable std::mutex mutex_;
  std::string order_;
  Backend backend_{[this](Visit& visit) { serve(visit); }};
};

Client asks(const Server& balancer, const std::string& path) {
  Client client = Client::tcp(balancer.port());
  client.send(get_request(path));
  return client;
}

/// Whether so many requests wait, by the balancer's own account.
bool shows_queued(const Server& balancer, std::int64_t count) {
  const std::size_t before = balancer.mark();
  balancer.signal(SIGINT);
  return number_of(balancer.wait_for("dump", before), "queued") == count;
}

BOOST_AUTO_TEST_SUITE(balance_queue)

BOOST_AUTO_TEST_CASE(who_waits_is_served_in_the_order_of_coming) {
  Gate gate;
  const Server balancer(brood::test::balancer({&gate.backend()}, {"-N", "1"}));
  Client a = asks(balancer, "/a");
  BOOST_REQUIRE(gate.comes_to(1));
  std::vector<Client> waiting;
  // One connection after the other, each accepted before the next: so they queue in this order.
  for (const std::string path : {"/b", "/c", "/d"}) waiting.push_back(asks(balancer, path));
  gate.let(4);
  BOOST_TEST(a.read_reply().body == "a");
  for (std::size_t at = 0; at < waiting.size(); ++at)
    BOOST_TEST(waiting[at].read_reply().body == std::string(1, static_cast<char>('b' + at)));
  BOOST_TEST(gate.order() == "abcd");
}

BOOST_AUTO_TEST_CASE(a_servers_own_limit_holds) {
  Gate gate;
  const Server balancer(brood::test::balancer(
      {}, {"--server", gate.backend().address() + ",max=1", "--access-log", "stderr"}));
  Client a = asks(balancer, "/a");
  BOOST_REQUIRE(gate.comes_to(1));
  Client b = asks(balancer, "/b");
  BOOST_TEST(eventually([&] { return shows_queued(balancer, 1); }));
  BOOST_TEST(gate.order() == "a");
  gate.let(1);
  BOOST_TEST(a.read_reply().body == "a");
  BOOST_TEST(gate.comes_to(2));
  gate.let(1);
  BOOST_TEST(b.read_reply().body == "b");
  BOOST_TEST(gate.backend().visits() == 1U);  // Who waited took over the connection, too.
}

BOOST_AUTO_TEST_CASE(a_full_queue_sends_away_at_once) {
  Gate gate;
  const Server balancer(brood::test::balancer({&gate.backend()}, {"-N", "1", "--max-queue", "1"}));
  Client a = asks(balancer, "/a");
  BOOST_REQUIRE(gate.comes_to(1));
  Client b = asks(balancer, "/b");
  // Whichever of the two came first waits; the other one does not.
  Client c = asks(balancer, "/c");
  Reply away = c.read_reply();
  BOOST_TEST(away.status == 503);
  BOOST_TEST(away.header("Retry-After") == "1");
  BOOST_TEST(away.body == "503 Service Unavailable: the queue is full\n");
  gate.let(2);
  BOOST_TEST(a.read_reply().status == 200);
  BOOST_TEST(b.read_reply().status == 200);
  // The connection is kept.
  gate.let(1);
  BOOST_TEST(c.exchange(get_request("/c")).status == 200);
}

BOOST_AUTO_TEST_CASE(nobody_waits_longer_than_the_queues_time) {
  Gate gate;
  const Server balancer(
      brood::test::balancer({&gate.backend()}, {"-N", "1", "--queue-timeout", "50ms"}));
  Client a = asks(balancer, "/a");
  BOOST_REQUIRE(gate.comes_to(1));
  const Reply reply = get(balancer.port(), "/b");
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(reply.header("Retry-After") == "1");
  gate.let(1);
  BOOST_TEST(a.read_reply().status == 200);
  BOOST_TEST(gate.order() == "a");
}

BOOST_AUTO_TEST_CASE(a_client_that_gives_up_while_it_waits_reaches_no_server) {
  Gate gate;
  const Server balancer(
      brood::test::balancer({&gate.backend()}, {"-N", "1", "--access-log", "stderr"}));
  Client a = asks(balancer, "/a");
  BOOST_REQUIRE(gate.comes_to(1));
  const auto is_lost = [](const LogLine& line) {
    return is_event(line, "access") && text_of(line, "end") == "the client left";
  };
  {
    // The balancer answers this one's first request before it can hear of the end.
    Client impatient = Client::tcp(balancer.port());
    impatient.exchange("OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n");
    impatient.send(get_request("/b"));
    BOOST_TEST(impatient.read_reply(false, std::chrono::milliseconds{100}).status == 0);
  }
  balancer.wait_for(is_lost);
  gate.let(2);
  BOOST_TEST(a.read_reply().status == 200);
  BOOST_TEST(get(balancer.port(), "/c").status == 200);
  BOOST_TEST(gate.order() == "ac");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
