// How servers are probed: with what, where, as whom; and that busy is not dead.
#include <atomic>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <thread>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(balance_probes)

namespace {

namespace test = brood::test;
using namespace brood::test;
using namespace std::chrono_literals;

struct Mode {
  const char* mode;
  const char* version;
};
std::ostream& operator<<(std::ostream& out, const Mode& mode) {
  return out << mode.mode << ' ' << mode.version;
}
const Mode proxied[] = {{"http", "v1"}, {"http", "v2"}, {"tcp", "v1"}, {"tcp", "v2"}};

Launch in_front_of(const std::string& server, const std::vector<std::string>& more = {}) {
  Launch launch{.binary = BROOD_BINARY, .options = {"--server", server}, .command = "balance"};
  launch.options.insert(launch.options.end(), more.begin(), more.end());
  return launch;
}

std::string place(const Server& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

BOOST_DATA_TEST_CASE(a_probe_introduces_itself_where_clients_are_introduced, proxied, mode) {
  const Server inner(
      {.binary = BROOD_BINARY, .options = {"--trusted-proxies", "127.0.0.1", "--think-time", "0"}});
  for (const char* const format : {"auto", "entries", "connect"}) {
    const Server balancer(in_front_of(
        place(inner), {"--mode", mode.mode, "--send-proxy", mode.version, "--health-format", format,
                       "-X", "20ms", "--log-level", "debug"}));
    BOOST_TEST(text_of(balancer.wait_for("health"), "to") == "up", format);
    BOOST_TEST(get(balancer.port(), "/").status == 200, format);
  }
}

BOOST_AUTO_TEST_CASE(without_a_health_document_the_status_decides) {
  const struct {
    const char* name;
    const char* answer;
    std::vector<std::string> options;
    const char* to;
    const char* remedy;  ///< In the advice; empty: none is given.
  } rows[] = {
      {"any page", "200 OK", {}, "up", ""},
      {"elsewhere", "302 Found", {}, "up", ""},
      {"no such page", "404 Not Found", {}, "up", "--health-path PATH"},
      {"no such page, and it was named",
       "404 Not Found",
       {"--health-path", "/up?x=1"},
       "down",
       "--health-path PATH"},
      {"for nobody", "403 Forbidden", {}, "up", "--health-path PATH"},
      {"another host", "400 Bad Request", {}, "down", "--health-host HOST"},
      {"ill", "503 Service Unavailable", {}, "down", ""},
      {"a document is wanted",
       "200 OK",
       {"--health-format", "entries"},
       "down",
       "--health-format status"},
      {"nothing is asked", "503 Service Unavailable", {"--health-format", "connect"}, "up", ""},
      {"no HTTP", nullptr, {}, "down", "--mode tcp"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const std::string answer = row.answer == nullptr ? "-ERR what?\r\n"
                                                       : "HTTP/1.1 " + std::string(row.answer) +
                                                             "\r\nContent-Length: 5\r\n\r\nhello";
      Backend backend([&](Visit& visit) {
        visit.read_head();
        visit.send(answer);
      });
      backend.tell_raw({answer});
      const Server balancer(in_front_of(backend.address(), row.options));
      BOOST_TEST(text_of(balancer.wait_for("health"), "to") == row.to);
      const auto advice = balancer.log("probe_unfit");
      BOOST_TEST(advice.empty() == std::string_view(row.remedy).empty());
      if (!advice.empty())
        BOOST_TEST(text_of(advice[0], "remedy").find(row.remedy) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(probes_name_the_host_as_it_was_given_or_the_one_that_is_said) {
  Backend backend;
  const Server named(in_front_of("localhost:" + port_text(backend), {"--server-timeout", "1s"}));
  BOOST_TEST(eventually([&] { return backend.probes() > 0; }));
  BOOST_TEST(backend.last_probe().find("\r\nHost: localhost:" + port_text(backend) + "\r\n") !=
             std::string::npos);
  const std::uint64_t before = backend.probes();
  const Server said(in_front_of(backend.address(), {"--health-host", "app.example"}));
  BOOST_TEST(eventually([&] { return backend.probes() > before; }));
  BOOST_TEST(eventually(
      [&] { return backend.last_probe().find("\r\nHost: app.example\r\n") != std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(a_path_may_have_a_query) {
  std::atomic<bool> was_asked{false};
  Backend backend([&](Visit& visit) {
    if (visit.read_head().starts_with("GET /up?deep=1 HTTP/1.1\r\n")) was_asked = true;
    visit.send(ok_reply("well"));
  });
  const Server balancer(in_front_of(backend.address(), {"--health-path", "/up?deep=1"}));
  BOOST_TEST(text_of(balancer.wait_for("health"), "to") == "up");
  BOOST_TEST(was_asked);
}

BOOST_AUTO_TEST_CASE(tcp_is_probed_by_connecting_and_nothing_is_sent) {
  std::atomic<bool> was_told{false};
  Backend backend([&](Visit& visit) {
    const std::string said = visit.read(4);
    if (said.empty()) return;
    if (said != "ping") was_told = true;
    visit.send("pong");
  });
  const Server balancer(in_front_of(backend.address(), {"--mode", "tcp", "-X", "20ms"}));
  Client client = Client::tcp(balancer.port());
  client.send("ping");
  client.half_close();
  BOOST_TEST(client.read_to_end().first == "pong");
  const std::uint64_t before = backend.visits();
  BOOST_TEST(eventually([&] { return backend.visits() > before + 5; }));
  BOOST_TEST(!was_told);
  BOOST_TEST(backend.probes() == 0U);
}

BOOST_AUTO_TEST_CASE(off_probes_nobody_and_all_are_well_until_traffic_says_otherwise) {
  Backend one, two;
  const Server balancer(test::balancer(
      {&one, &two}, {"--health-format", "off", "-X", "10ms", "--strategy", "round-robin"}));
  for (int count = 0; count < 4; ++count) BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(one.visits() == 2U);
  BOOST_TEST(two.visits() == 2U);
  BOOST_TEST(one.probes() + two.probes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_probe_goes_where_the_server_says_it_is_answered) {
  Backend backend, page;
  backend.be_silent();
  const Server balancer(
      in_front_of(backend.address() + ",health=" + page.address(), {"-X", "20ms"}));
  BOOST_TEST(text_of(balancer.wait_for("health"), "to") == "up");
  BOOST_TEST(get(balancer.port(), "/").body == port_text(backend));
  BOOST_TEST(backend.probes() == 0U);
  BOOST_TEST(page.probes() > 0U);
}

namespace {

/// Probes that come often, clients that wait for their turn.
void outlast(const Launch& launch) {
  const Server balancer(launch);
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int count = 0; count < 4; ++count)
    clients.emplace_back([&] { answered += get(balancer.port(), "/").status == 200; });
  for (std::thread& client : clients) client.join();
  BOOST_TEST(answered == 4);
  BOOST_TEST(balancer.log("health").size() == 1U);  // Up, once.
}

const std::string models[] = {"prefork", "prefork-epoll"};

}  // namespace

BOOST_DATA_TEST_CASE(busy_is_not_dead, models, model) {
  Launch two_workers{.binary = BROOD_BINARY,
                     .options = {"--model", model, "--connections-per-worker", "1",
                                 "--start-workers", "2", "--min-spare", "2", "--max-spare", "2",
                                 "--max-workers", "2", "--think-time", "2s"}};
  const std::vector<std::string> often{"-X", "20ms", "--health-timeout", "20ms"};
  {
    const Server inner(two_workers);
    outlast(in_front_of(place(inner), often));
  }
  const TemporaryFolder folder;
  const std::string reporter = "unix:" + (folder / "reporter");
  two_workers.options.insert(two_workers.options.end(), {"--health-listen", reporter});
  const Server inner(two_workers);
  outlast(in_front_of(place(inner) + ",health=" + reporter, often));
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_is_dead_though_its_places_are_ours) {
  Backend hung([](Visit& visit) { visit.hold(); });
  Launch launch =
      in_front_of(hung.address() + ",max=1", {"-X", "20ms", "--health-timeout", "20ms",
                                              "--server-timeout", "200ms", "--eject-after", "0"});
  const Server balancer(launch);
  hung.be_silent();
  BOOST_TEST(get(balancer.port(), "/").status == 504);
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/");
    const auto lines = balancer.log("health");
    return text_of(lines.back(), "to") == "down";
  }));
}

BOOST_AUTO_TEST_CASE(max_holds_over_threads_and_nobody_starves) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  Backend backend([&](Visit& visit) {
    if (visit.read_head().empty()) return;
    const int count = ++now;
    for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) continue;
    std::this_thread::sleep_for(2ms);
    --now;
    visit.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  });
  for (const int max : {1, 3}) {
    now = most = 0;
    const Server balancer(in_front_of(backend.address() + ",max=" + std::to_string(max),
                                      {"--threads", "4", "-X", "1h"}));
    Load load({.port = balancer.port(), .clients = 12, .requests_per_connection = 5});
    BOOST_TEST(load.reaches(600));
    const LoadCounts counts = load.stop();
    BOOST_TEST(counts.failed == 0U, counts.first_failure);
    BOOST_TEST(most.load() == max);
    BOOST_TEST(counts.slowest.count() < 3000);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_breaks_each_request_costs_ten_retries_a_second_nothing) {
  Backend good;
  Backend breaks([](Visit& visit) {
    visit.read_head();
    visit.reset();
  });
  const Server balancer(
      test::balancer({&good, &breaks}, {"--strategy", "round-robin", "--eject-after", "0"}));
  int answered = 0;
  for (int count = 0; count < 40; ++count) answered += get(balancer.port(), "/").status == 200;
  BOOST_TEST(answered == 40);
  BOOST_TEST(breaks.visits() >= 10U);
}

BOOST_AUTO_TEST_CASE(at_leisure_servers_share_by_weight) {
  // Long enough for whatever else the machine does to be little beside it.
  const auto answer = [](Visit& visit, const Backend& self) {
    visit.read_head();
    visit.waits(20ms);
    visit.send(ok_reply(port_text(self)));
  };
  Backend one([&](Visit& visit) { answer(visit, one); });
  Backend two([&](Visit& visit) { answer(visit, two); });
  Backend three([&](Visit& visit) { answer(visit, three); });
  const struct {
    std::vector<std::string> servers;
    std::vector<int> shares;
  } rows[] = {{{one.address(), two.address(), three.address()}, {10, 10, 10}},
              {{one.address() + ",weight=2", two.address()}, {20, 10}}};
  for (const char* const strategy : {"least-connections", "two-choices", "least-time", "peak-ewma"})
    for (const auto& row : rows) {
      Launch launch{.binary = BROOD_BINARY,
                    .options = {"--strategy", strategy, "-X", "1h"},
                    .command = "balance"};
      for (const std::string& server : row.servers)
        launch.options.insert(launch.options.end(), {"--server", server});
      const Server balancer(launch);
      std::map<std::string, int> given;
      for (int count = 0; count < 30; ++count) ++given[get(balancer.port(), "/").body];
      const Backend* const backends[] = {&one, &two, &three};
      for (std::size_t at = 0; at < row.shares.size(); ++at) {
        const int its = given[port_text(*backends[at])];
        BOOST_TEST(its >= row.shares[at] - 5, strategy << ' ' << its);
        BOOST_TEST(its <= row.shares[at] + 5, strategy << ' ' << its);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
