// What event-driven workers promise: a crowd of connections costs little, is spread evenly, is not
// harmed by those who dawdle, and loses nothing when workers go.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(many_connections)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

const int crowd = is_sanitized() ? 1000 : 10'000;
const std::int64_t idle_bytes_max = is_sanitized() ? 16 * 1024 : 4 * 1024;

Launch evented(int size, const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--model", "prefork-epoll"};
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_BINARY, .options = pool_of(size, options)};
}

/// For so many sockets in one process. \return false where the hard limit is lower.
bool allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = count;
  limit.rlim_max = std::max(limit.rlim_max, count);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Connections that have had an answer and stay.
std::vector<Client> keep(std::uint16_t port, int count) {
  std::vector<Client> clients;
  for (int made = 0; made < count; ++made) {
    clients.push_back(Client::tcp(port));
    BOOST_TEST_REQUIRE(clients.back().exchange(get_request("/")).status == 200);
  }
  return clients;
}

/// How many connections each worker has open, as the dump shows it.
std::vector<std::int64_t> open_in_slots(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  server.wait_for("dump_totals", before);
  std::vector<std::int64_t> open;
  for (const LogLine& slot : server.log("dump_slot", before))
    open.push_back(number_of(slot, "open"));
  return open;
}

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

std::int64_t memory_of_workers(const Server& server) {
  std::int64_t kib = 0;
  for (const pid_t worker : server.workers()) kib += memory_kib(worker, "RssAnon:");
  return kib;
}

}  // namespace

BOOST_AUTO_TEST_CASE(connections_are_spread_over_the_workers) {
  for (const int workers : {2, 4, 8}) BOOST_TEST_CONTEXT(workers << " workers") {
      Server server(evented(workers, {"--keep-alive-timeout", "1m"}));
      const std::vector<Client> clients = keep(server.port(), 64);
      const std::vector<std::int64_t> open = open_in_slots(server);
      BOOST_TEST(sum(open) == 64);
      // Twice its share would be a worker that takes all it can; how even it is, others decide too.
      BOOST_TEST(*std::ranges::max_element(open) < 2 * 64 / workers);
    }
}

BOOST_AUTO_TEST_CASE(an_idle_connection_costs_little_memory_and_still_works) {
  if (!allow_descriptors(crowd + 1000)) {
    BOOST_TEST_MESSAGE("skipped: the limit of open files is too low");
    return;
  }
  Server server(evented(2, {"--keep-alive-timeout", "5m", "--connections-per-worker", "16384"}));
  keep(server.port(), 100);
  const std::int64_t before = memory_of_workers(server);
  std::vector<Client> clients = keep(server.port(), crowd);
  const std::int64_t each = (memory_of_workers(server) - before) * 1024 / crowd;
  BOOST_TEST(each < idle_bytes_max);
  BOOST_TEST_MESSAGE(each << " bytes a connection");
  for (std::size_t at = 0; at < clients.size(); at += 997)
    BOOST_TEST(clients[at].exchange(get_request("/")).status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(clients.front().is_closed_by_server());
  BOOST_TEST(clients.back().is_closed_by_server());
}

BOOST_AUTO_TEST_CASE(who_sends_a_head_byte_by_byte_harms_nobody_else) {
  Server server(evented(1, {"--header-timeout", "3s"}));
  std::vector<Client> slow;
  for (int made = 0; made < 200; ++made) slow.push_back(Client::tcp(server.port()));
  Load load({.port = server.port(), .clients = 2, .requests_per_connection = 5});
  const std::string head = "GET / HTTP/1.1\r\nX-Endless: ";
  for (std::size_t at = 0; at < head.size(); ++at)
    for (Client& client : slow) BOOST_TEST_REQUIRE(client.send(head.substr(at, 1)));
  for (Client& client : slow) BOOST_TEST(client.read_reply().status == 408);
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  BOOST_TEST((counts.slowest < 2s), counts.slowest.count() << " ms");
}

BOOST_AUTO_TEST_CASE(a_full_worker_takes_the_next_when_a_place_is_free) {
  Server server(evented(
      1, {"--connections-per-worker", "3", "--keep-alive-timeout", "1m", "--max-workers", "1"}));
  std::vector<Client> clients = keep(server.port(), 3);
  Client waiting = Client::tcp(server.port());
  waiting.send(get_request("/"));
  BOOST_TEST(waiting.read_reply(false, 200ms).status == 0);
  clients[1].close();
  BOOST_TEST(waiting.read_reply().status == 200);
  BOOST_TEST(clients[0].exchange(get_request("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_think_time_holds_up_nobody_else) {
  Server server(evented(1, {"--think-time", "300ms"}));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Client> clients;
  for (int made = 0; made < 50; ++made) {
    clients.push_back(Client::tcp(server.port()));
    clients.back().send(get_request("/"));
  }
  for (Client& client : clients) BOOST_TEST(client.read_reply().status == 200);
  const auto passed = std::chrono::steady_clock::now() - begun;
  BOOST_TEST((passed >= 300ms));
  BOOST_TEST((passed < 50 * 300ms / 2));  // One after the other they would take 15 s.
}

BOOST_AUTO_TEST_CASE(workers_are_recycled_under_load_and_nothing_is_lost) {
  Server server(evented(3, {"--max-requests", "40"}));
  Load load({.port = server.port(), .clients = 6, .requests_per_connection = 1});
  BOOST_TEST(eventually([&] { return server.log("worker_ended").size() >= 8; }));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  for (const LogLine& end : server.log("worker_ended")) {
    BOOST_TEST(text_of(end, "cause") == "recycled");
    BOOST_TEST(number_of(end, "connections") == 40);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_under_load_loses_no_accepted_request) {
  Server server(evented(2, {"--think-time", "2ms"}));
  const std::uint16_t port = server.port();
  std::vector<Client> idle = keep(port, 50);
  Load load({.port = port, .clients = 6, .requests_per_connection = 1});
  BOOST_TEST(load.reaches(200));
  BOOST_TEST(server.stop() == 0);
  const LoadCounts counts = load.stop();
  const LogLine stopped = server.wait_for("stopped");
  BOOST_TEST(number_of(stopped, "entries") == static_cast<std::int64_t>(counts.ok) + 50);
  BOOST_TEST(number_of(stopped, "cut") == 0);
  for (Client& client : idle) BOOST_TEST(client.is_closed_by_server());
  const auto contradiction = replay(server.log());
  BOOST_TEST(!contradiction, contradiction.value_or(Contradiction{}).what);
}

BOOST_AUTO_TEST_CASE(an_order_is_obeyed_under_load_and_what_is_in_hand_is_answered) {
  Server server(evented(2, {"--think-time", "5ms"}));
  Load load({.port = server.port(), .clients = 8});
  for (int round = 0; round < 10; ++round) {
    const pid_t worker = pid_in_slot(server, round % 2);
    ::kill(worker, SIGTERM);
    BOOST_TEST(text_of(end_of(server, worker), "cause") == "terminated");
    BOOST_TEST_REQUIRE(next_in_slot(server, round % 2, worker) != 0);
  }
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
}

BOOST_AUTO_TEST_CASE(a_handler_that_hangs_is_named_and_ended_also_where_there_are_free_places) {
  Launch launch = faulty(1, {"--model", "prefork-epoll", "--request-timeout", "1s"});
  Server server(launch);
  Client client = Client::tcp(server.port());
  client.send(get_request("/loop"));
  const LogLine end = server.wait_for("worker_ended");
  BOOST_TEST(text_of(end, "cause") == "hung");
  BOOST_TEST(text_of(end, "reason").ends_with("GET /loop HTTP/1.1)"), text_of(end, "reason"));
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
