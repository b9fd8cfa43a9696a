// Every deadline belongs to whoever is waited for: the client's, the server's, the queue's.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(balance_deadlines)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

std::string put_of(std::size_t size, const std::string& more = "") {
  return "PUT / HTTP/1.1\r\nHost: h\r\n" + more + "Content-Length: " + std::to_string(size) +
         "\r\n\r\n";
}

/// Waits until a client that stalls in the middle of a body is given up: its time is over.
void wait_for_the_clients_time(const Server& balancer) {
  Client stalling = Client::tcp(balancer.port());
  stalling.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
  BOOST_TEST(stalling.read_reply().status == 408);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_queue_has_its_time_for_a_body_that_streams_too) {
  Backend holder([](Visit& visit) { visit.hold(); });
  const Server balancer(brood::test::balancer(
      {&holder}, {"-N", "1", "--queue-timeout", "200ms", "--client-timeout", "1h"}));
  Client served = Client::tcp(balancer.port());
  served.send(get_request("/"));
  BOOST_TEST(eventually([&] { return holder.visits() == 1; }));
  for (const std::size_t size : {5UL, 200'000UL}) BOOST_TEST_CONTEXT(size) {
      Client client = Client::tcp(balancer.port());
      client.send(put_of(size) + std::string(size, 'b'));
      BOOST_TEST(client.read_reply().status == 503);
    }
}

BOOST_AUTO_TEST_CASE(a_queue_without_limit_cuts_no_body_that_streams) {
  std::atomic<bool> may_answer = false;
  Backend backend([&](Visit& visit) {
    const std::string head = visit.read_head();
    while (!may_answer && !visit.is_left()) std::this_thread::yield();
    if (head.starts_with("PUT")) visit.read(200'000);
    visit.send(ok_reply("x"));
  });
  const Server balancer(brood::test::balancer(
      {&backend}, {"-N", "1", "--queue-timeout", "0", "--client-timeout", "200ms"}));
  Client served = Client::tcp(balancer.port());
  served.send(get_request("/"));
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  Client client = Client::tcp(balancer.port());
  client.send(put_of(200'000) + std::string(200'000, 'b'));
  wait_for_the_clients_time(balancer);
  wait_for_the_clients_time(balancer);
  may_answer = true;
  BOOST_TEST(client.read_reply().status == 200);
}

BOOST_AUTO_TEST_CASE(a_retry_waits_for_a_place_as_if_it_came_new) {
  // The first attempt takes longer than the queue's time; then it has to wait for a place.
  std::atomic<bool> may_reset = false;
  std::atomic<bool> may_answer = false;
  Backend resetting([&](Visit& visit) {
    visit.read_head();
    while (!may_reset && !visit.is_left()) std::this_thread::yield();
    visit.reset();
  });
  Backend holding([&](Visit& visit) {
    while (!visit.read_head().empty()) {
      while (!may_answer && !visit.is_left()) std::this_thread::yield();
      visit.send(ok_reply("x"));
    }
  });
  Launch launch = brood::test::balancer({}, {"--queue-timeout", "1s", "--strategy", "round-robin",
                                             "--eject-after", "0", "--client-timeout", "200ms"});
  for (const Backend* backend : {&resetting, &holding})
    launch.options.insert(launch.options.end(), {"--server", backend->address() + ",max=1"});
  const Server balancer(launch);
  std::vector<Client> clients;
  for (int count = 0; count < 2; ++count) {
    clients.push_back(Client::tcp(balancer.port()));
    clients.back().send(get_request("/"));
  }
  BOOST_TEST(eventually([&] { return resetting.visits() == 1 && holding.visits() == 1; }));
  for (int count = 0; count < 8; ++count) wait_for_the_clients_time(balancer);
  may_reset = true;
  BOOST_TEST(eventually([&] {
    const std::size_t before = balancer.mark();
    balancer.signal(SIGINT);
    return number_of(balancer.wait_for("dump", before), "queued") == 1;
  }));
  may_answer = true;
  for (Client& client : clients) BOOST_TEST(client.read_reply().status == 200);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_slow_to_read_has_the_servers_time) {
  constexpr std::size_t size = 32UL << 20;
  std::atomic<bool> may_read = false;
  Backend backend([&](Visit& visit) {
    if (visit.read_head().empty()) return;
    while (!may_read && !visit.is_left()) std::this_thread::yield();
    visit.send(ok_reply(std::to_string(visit.read(size).size())));
  });
  const Server balancer(
      brood::test::balancer({&backend}, {"--client-timeout", "200ms", "--access-log", "stderr"}));
  Client client = Client::tcp(balancer.port());
  client.send(put_of(size));
  auto sending =
      std::async(std::launch::async, [&] { return client.send(std::string(size, 'b')); });
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  for (int count = 0; count < 3; ++count) wait_for_the_clients_time(balancer);
  may_read = true;
  BOOST_TEST(sending.get());
  BOOST_TEST(client.read_reply().body == std::to_string(size));
}

BOOST_AUTO_TEST_CASE(a_server_that_never_reads_is_timed_out_and_to_blame) {
  Backend backend([](Visit& visit) {
    while (!visit.is_left()) std::this_thread::sleep_for(5ms);
  });
  const Server balancer(
      brood::test::balancer({&backend}, {"--server-timeout", "200ms", "--client-timeout", "1h"}));
  Client client = Client::tcp(balancer.port());
  client.send(put_of(32UL << 20));
  auto sending =
      std::async(std::launch::async, [&] { return client.send(std::string(32UL << 20, 'b')); });
  BOOST_TEST(client.read_reply().status == 504);
  client.abort();
  sending.get();
}

BOOST_AUTO_TEST_CASE(a_second_head_has_the_time_of_a_head) {
  std::atomic<bool> may_answer = false;
  Backend backend([&](Visit& visit) {
    visit.read_head();
    while (!may_answer && !visit.is_left()) std::this_thread::yield();
    visit.send(ok_reply("x"));
  });
  const Server balancer(brood::test::balancer(
      {&backend}, {"--header-timeout", "300ms", "--keep-alive-timeout", "1h"}));
  const struct {
    const char* name;
    std::string together;  ///< Sent with the first request.
    std::string during;    ///< While it is answered.
    std::string after;     ///< When it has been.
  } rows[] = {{"with the first", "GET /b HT", "", ""},
              {"while it is answered", "", "GET /b HT", ""},
              {"after it", "", "", "GET /b HT"},
              {"after it, behind an empty line", "", "\r\n", "GET /b HT"}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      may_answer = false;
      const std::uint64_t visits = backend.visits();
      Client client = Client::tcp(balancer.port());
      client.send(get_request("/") + row.together);
      BOOST_TEST(eventually([&] { return backend.visits() > visits; }));
      client.send(row.during);
      may_answer = true;
      BOOST_TEST(client.read_reply().status == 200);
      client.send(row.after);
      BOOST_TEST(client.read_reply().status == 408);
    }
}

/// Sends slowly, for longer than a moment, and reads only afterwards.
int status_after_slow_upload(const Server& balancer, const std::string& head) {
  Client client = Client::tcp(balancer.port());
  client.send(head);
  const std::string piece(16UL << 10, 'b');
  for (int count = 0; count < 140; ++count) {
    if (!client.send(piece)) return -1;
    std::this_thread::sleep_for(25ms);
  }
  return client.read_reply().status;
}

BOOST_AUTO_TEST_CASE(an_early_answer_is_there_when_all_is_sent) {
  Backend early([](Visit& visit) {
    visit.read_head();
    visit.send("HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  Backend none;
  const Server balancer(brood::test::balancer({&early}));
  const Server alone(brood::test::balancer({&none}));
  none.stop();
  const Server serve(Launch{.binary = BROOD_BINARY, .options = {"--max-body-bytes", "1k"}});
  const Server events(Launch{.binary = BROOD_BINARY,
                             .options = {"--max-body-bytes", "1k", "--model", "prefork-epoll"}});
  const std::string put = put_of(140UL << 14);
  const std::string malformed = put_of(140UL << 14, "bad field\r\n");
  const struct {
    const char* name;
    const Server& server;
    std::string head;
    int status;
  } rows[] = {{"a server's", balancer, put, 413},
              {"our own, of a request", balancer, malformed, 400},
              {"our own, for want of a server", alone, put, 503},
              {"a worker's", serve, put, 413},
              {"an event-driven worker's", events, put, 413}};
  std::vector<std::future<int>> got;
  for (const auto& row : rows)
    got.push_back(std::async(std::launch::async,
                             [&row] { return status_after_slow_upload(row.server, row.head); }));
  for (std::size_t at = 0; at < std::size(rows); ++at)
    BOOST_TEST(got[at].get() == rows[at].status, rows[at].name);
}

BOOST_AUTO_TEST_SUITE_END()
