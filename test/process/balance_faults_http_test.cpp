// Servers and clients that do what none should. After every one of them the balancer serves, and
// its descriptors and its memory are where they were.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/balancer.hpp"
#include "support/faults.hpp"

namespace {

using namespace brood::test;

/// Answers every request, read to its end, on a connection that stays.
void be_good(Visit& visit) {
  for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
    const std::size_t at = head.find("Content-Length: ");
    const std::size_t size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    if (visit.read(size).size() < size || !visit.send(ok_reply("good"))) return;
  }
}

/// One that can be told to misbehave, and one that never does.
class Pair {
 public:
  explicit Pair(const std::vector<std::string>& more = {}) {
    std::vector<std::string> options{"-X", "1h", "--eject-after", "0", "--strategy", "round-robin"};
    options.insert(options.end(), more.begin(), more.end());
    balancer_ = std::make_unique<Server>(brood::test::balancer({&bad_, &good_}, options));
    ask_until_good();
    descriptors_ = open_files(balancer_->pid()).size();
    memory_kib_ = memory_kib(balancer_->pid(), "VmRSS:");
  }

  std::uint16_t port() const { return balancer_->port(); }
  const Server& balancer() const { return *balancer_; }
  Backend& bad() { return bad_; }
  void misbehave(Backend::Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  /// Whether it serves as before, and holds no more than before.
  void check_recovered() {
    misbehave(be_good);
    ask_until_good();
    BOOST_TEST(balancer_->is_running());
    // A connection to each server may be kept.
    BOOST_TEST(eventually([&] { return open_files(balancer_->pid()).size() <= descriptors_ + 2; }),
               open_files(balancer_->pid()).size() << " descriptors are open");
    BOOST_TEST(memory_kib(balancer_->pid(), "VmRSS:") < memory_kib_ + 8 * 1024);
  }

 private:
  void ask_until_good() {
    for (int count = 0; count < 4; ++count) BOOST_TEST(get(port(), "/").body == "good");
  }

  std::mutex mutex_;
  Backend::Script script_ = be_good;
  Backend bad_{[this](Visit& visit) {
    Backend::Script script;
    {
      const std::lock_guard lock(mutex_);
      script = script_;
    }
    script(visit);
  }};
  Backend good_{be_good};
  std::unique_ptr<Server> balancer_;
  std::size_t descriptors_ = 0;
  std::int64_t memory_kib_ = 0;
};

Backend::Script answers(std::string bytes) {
  return [bytes](Visit& visit) {
    visit.read_head();
    visit.send(bytes);
  };
}

BOOST_AUTO_TEST_SUITE(balance_faults_http)

BOOST_AUTO_TEST_CASE(servers_that_misbehave_are_survived) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
  const struct {
    const char* name;
    Backend::Script script;
    std::vector<int> statuses;  ///< That the client may get for a POST; 0: its connection is cut.
  } rows[] = {
      {"accepts and says nothing", [](Visit& visit) { visit.hold(); }, {504}},
      {"closes at once", [](Visit&) {}, {502}},
      {"resets at once", [](Visit& visit) { visit.reset(); }, {502}},
      {"closes in the middle of its head", answers("HTTP/1.1 200 OK\r\nX: "), {502}},
      {"closes in the middle of its body",
       answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
       {0}},
      {"stops in the middle of its body",
       [](Visit& visit) {
         visit.read_head();
         visit.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
         visit.hold();
       },
       {0}},
      {"garbage", answers(std::string(5000, '\x7f')), {502}},
      {"a head without end", answers("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')), {502}},
      {"two replies", answers(whole + whole), {200}},
      {"more than the length says", answers(whole + "surplus"), {200}},
      {"a negative length", answers("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), {502}},
      {"a length and chunks",
       answers(
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       {502}},
      {"a chunk's size that is none",
       answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
       {0}},
      {"a split answer",
       answers("HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n"),
       {502}},
      {"a hundred interim answers",
       [](Visit& visit) {
         visit.read_head();
         for (int count = 0; count < 100; ++count) visit.send("HTTP/1.1 102 Processing\r\n\r\n");
       },
       {102}},
      {"byte by byte",
       [whole](Visit& visit) {
         visit.read_head();
         for (const char byte : whole) visit.send({&byte, 1});
       },
       {200}},
  };
  Pair pair({"--server-timeout", "200ms"});
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      pair.misbehave(row.script);
      // In turns: one of two meets the bad one.
      for (int count = 0; count < 2; ++count) {
        Client client = Client::tcp(pair.port());
        const int status =
            client.exchange("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").status;
        BOOST_TEST((status == 200 || std::ranges::count(row.statuses, status) == 1), status);
      }
      pair.check_recovered();
    }
}

BOOST_AUTO_TEST_CASE(clients_that_misbehave_are_survived) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
  const struct {
    const char* name;
    std::string bytes;
    bool resets;  ///< Else it stalls until the balancer has had enough.
    std::string answer;
  } rows[] = {
      {"says nothing", "", false, ""},
      {"stalls in a head", "GET / HT", false, "HTTP/1.1 408"},
      {"stalls in a body", post + "some", false, "HTTP/1.1 408"},
      {"stalls in a body that is passed on", post + std::string(90'000, 'b'), false,
       "HTTP/1.1 408"},
      {"vanishes in a head", "GET / HT", true, ""},
      {"vanishes in a body", post + "some", true, ""},
      {"vanishes in a body that is passed on", post + std::string(90'000, 'b'), true, ""},
      {"vanishes behind its request", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true, ""},
      {"speaks TLS", "\x16\x03\x01\x02\x05\x01", false, "HTTP/1.1 400"},
      {"smuggles",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n"
       "0\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n",
       false, "HTTP/1.1 400"},
  };
  Pair pair({"--header-timeout", "200ms", "--client-timeout", "200ms"});
  pair.misbehave([](Visit& visit) {
    if (!visit.read_head().empty()) visit.read_to_end();
  });
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Client client = Client::tcp(pair.port());
      client.send(row.bytes);
      if (row.resets) {
        client.abort();
      } else {
        const auto [bytes, has_ended] = client.read_to_end();
        BOOST_TEST(has_ended);
        BOOST_TEST(bytes.substr(0, row.answer.size()) == row.answer);
      }
      pair.check_recovered();
    }
}

BOOST_AUTO_TEST_CASE(a_gibibyte_goes_through_in_little_memory) {
  std::atomic<std::uint64_t> received = 0;
  Backend backend([&](Visit& visit) {
    visit.read_head();
    for (std::string piece = visit.read(1 << 20); !piece.empty(); piece = visit.read(1 << 20)) {
      received += piece.size();
      if (received == 1ULL << 30) visit.send(ok_reply("all of it"));
    }
  });
  const Server balancer(brood::test::balancer({&backend}));
  const std::int64_t before = memory_kib(balancer.pid(), "VmRSS:");
  Client client = Client::tcp(balancer.port());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1073741824\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  for (int count = 0; count < 1024; ++count) BOOST_REQUIRE(client.send(piece));
  BOOST_TEST(client.read_reply().body == "all of it");
  BOOST_TEST(memory_kib(balancer.pid(), "VmHWM:") - before < 8 * 1024);
}

BOOST_AUTO_TEST_CASE(all_are_dead_and_then_one_is_back) {
  Backend one;
  Backend other;
  const Server balancer(brood::test::balancer({&one, &other}, {"-X", "50ms"}));
  one.stop();
  other.stop();
  BOOST_TEST(eventually([&] {
    const Reply reply = get(balancer.port(), "/");
    return reply.status == 503 && reply.header("Retry-After") == "1";
  }));
  other.start();
  BOOST_TEST(eventually([&] { return get(balancer.port(), "/").status == 200; }));
}

BOOST_AUTO_TEST_CASE(a_thousand_servers_may_be_configured) {
  Backend backend(be_good);
  Launch launch = brood::test::balancer({&backend}, {"--probe-budget", "500"});
  for (int at = 1; at <= 999; ++at)  // Places of the loopback network at which nobody listens.
    launch.options.insert(
        launch.options.end(),
        {"--server", "127.1." + std::to_string(at / 250) + '.' + std::to_string(1 + at % 250) +
                         ':' + std::to_string(backend.port())});
  const Server balancer(launch);
  BOOST_TEST(eventually([&] { return get(balancer.port(), "/").body == "good"; }));
}

BOOST_AUTO_TEST_CASE(a_name_stands_for_each_of_its_addresses) {
  Backend backend(be_good);
  Launch launch = brood::test::balancer({}, {"--server", "localhost:" + port_text(backend)});
  const Server balancer(launch);
  // Where it has an address of IPv6 too, nobody listens at that.
  for (const LogLine& line : balancer.log("server"))
    BOOST_TEST((text_of(line, "server").starts_with("127.0.0.1:") ||
                text_of(line, "server").starts_with("[::1]:")),
               text_of(line, "server"));
  for (int count = 0; count < 10; ++count) BOOST_TEST(get(balancer.port(), "/").body == "good");
}

BOOST_AUTO_TEST_CASE(descriptors_run_out_and_come_back) {
  Backend backend(be_good);
  Launch launch = brood::test::balancer({&backend}, {"--header-timeout", "1h"});
  launch.limits = {{RLIMIT_NOFILE, 160}};
  const Server balancer(launch);
  BOOST_TEST(get(balancer.port(), "/").body == "good");
  std::vector<Client> crowd;
  for (int count = 0; count < 300; ++count) {
    crowd.push_back(Client::tcp(balancer.port()));
    crowd.back().send("G");  // Who says nothing is not accepted.
  }
  balancer.wait_for("clients_full");
  crowd.clear();
  BOOST_TEST(eventually([&] { return get(balancer.port(), "/").body == "good"; }));
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_it_stops_under_load) {
  Backend a(be_good);
  Backend b(be_good);
  Server balancer(brood::test::balancer({&a, &b}));
  Load load({.port = balancer.port(), .clients = 4, .requests_per_connection = 1});
  BOOST_TEST(load.reaches(200));
  balancer.signal(SIGTERM);
  BOOST_TEST(balancer.wait_exit() == 0);
  const LogLine line = balancer.wait_for("stopped");
  BOOST_TEST(number_of(line, "cut") == 0);
  // Who connected was answered; afterwards nobody listens.
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.ok >= 200U);
  BOOST_TEST((counts.failed == 0 || counts.first_failure.find("connect") != std::string::npos),
             counts.first_failure);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
