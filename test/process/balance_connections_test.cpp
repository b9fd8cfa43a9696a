// Which connection to a server a request goes by, what it is told there, and what is left when it
// closes.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(balance_connections)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

std::string with(const std::string& line, const std::string& fields, const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: h\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Keeps what it was asked last.
class Recorder {
 public:
  Backend& backend() { return backend_; }
  std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve(Visit& visit) {
    for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
      {
        const std::lock_guard lock(mutex_);
        asked_ = head;
      }
      visit.send(ok_reply("x"));
    }
  }

  mutable std::mutex mutex_;
  std::string asked_;
  Backend backend_{[this](Visit& visit) { serve(visit); }};
};

/// Connections of this machine to `port` in TIME_WAIT: the state is the sixth of tcp_states.h.
std::size_t waiting_to(std::uint16_t port) {
  std::array<char, 16> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ":%04X", port);
  std::ifstream table("/proc/net/tcp");
  std::size_t count = 0;
  std::string number, local, remote, state, rest;
  std::getline(table, rest);
  while (table >> number >> local >> remote >> state && std::getline(table, rest))
    count += state == "06" && remote.ends_with(suffix.data());
  return count;
}

/// Who it is, a server of NTLM's kind knows by the connection: anybody, asked for more, or alice.
void know_by_connection(Visit& visit) {
  const std::string close = "Content-Length: 0\r\n\r\n";
  bool knows = false;
  for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
    const std::size_t at = head.find("Content-Length: ");
    if (at != std::string::npos) visit.read(std::stoul(head.substr(at + 16)));
    std::string answer = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: NTLM\r\n";
    if (head.find("NTLM type1") != std::string::npos)
      answer = "HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM type2\r\n";
    knows |= head.find("NTLM type3") != std::string::npos;
    visit.send(knows ? ok_reply("alice") : answer + close);
    // As it was asked to.
    if (head.find("Connection: close") != std::string::npos) return;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(where_the_client_names_no_host_the_server_is_asked_by_its_own) {
  Recorder recorder;
  const Server balancer(brood::test::balancer({&recorder.backend()}));
  BOOST_TEST(ask(balancer.port(), "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200"));
  BOOST_TEST(recorder.asked().find("\r\nHost: " + recorder.backend().address() + "\r\n") !=
             std::string::npos);
  BOOST_TEST(recorder.asked().find("X-Forwarded-Host") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_close_of_ours_leaves_no_port_behind) {
  Backend patient([&](Visit& visit) {  // Leaves closing to its peer, whatever it is asked.
    for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
      const std::size_t at = head.find("Content-Length: ");
      if (at != std::string::npos) visit.read(std::stoul(head.substr(at + 16)));
      visit.send(ok_reply("x"));
    }
  });
  const struct {
    const char* name;
    std::vector<std::string> options;
    std::string request;
  } rows[] = {{"its own connection for each POST", {}, with("POST /", "", "b")},
              {"a PROXY header on each", {"--send-proxy", "v1"}, with("GET /", "")}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Server balancer(brood::test::balancer({&patient}, row.options));
      const std::size_t before = waiting_to(patient.port());
      Client client = Client::tcp(balancer.port());
      for (int count = 0; count < 50; ++count)
        BOOST_TEST(client.exchange(row.request).status == 200);
      // Probes are not meant here.
      BOOST_TEST(waiting_to(patient.port()) <= before + 5);
    }
}

BOOST_AUTO_TEST_CASE(who_is_known_by_a_connection_has_it_for_himself) {
  Backend one(know_by_connection), two(know_by_connection);
  for (const std::string method : {"GET /", "POST /"}) BOOST_TEST_CONTEXT(method) {
      const Server balancer(
          brood::test::balancer({&one, &two}, {"--strategy", "round-robin", "-X", "1h"}));
      Client alice = Client::tcp(balancer.port());
      BOOST_TEST(alice.exchange(with(method, "")).status == 401);
      BOOST_TEST(alice.exchange(with(method, "Authorization: NTLM type1\r\n")).status == 401);
      BOOST_TEST(alice.exchange(with(method, "Authorization: NTLM type3\r\n")).body == "alice");
      for (int count = 0; count < 4; ++count) {
        BOOST_TEST(alice.exchange(with(method, "", "b")).body == "alice");
        Client stranger = Client::tcp(balancer.port());
        BOOST_TEST(stranger.exchange(with(method, "")).status == 401);
        BOOST_TEST(stranger.exchange(with("GET /", "")).status == 401);
      }
      // With her, it goes.
      alice.close();
      for (int count = 0; count < 8; ++count)
        BOOST_TEST(Client::tcp(balancer.port()).exchange(with("GET /", "")).status == 401);
    }
}

BOOST_AUTO_TEST_CASE(an_upgrade_may_have_a_body) {
  // As `docker exec` does: 101 when the body is there, or before.
  for (const bool is_early : {false, true})
    for (const std::size_t size : {27UL, 300'000UL}) BOOST_TEST_CONTEXT(is_early << size) {
        Backend backend([&](Visit& visit) {
          const std::string head = visit.read_head();
          if (head.find("Upgrade: tcp\r\n") == std::string::npos)
            return void(visit.send(ok_reply("no upgrade")));
          const std::string agreed =
              "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
          if (is_early) visit.send(agreed);
          const std::string body = visit.read(size);
          if (!is_early) visit.send(agreed);
          visit.send(std::to_string(body.size()));
          visit.send(visit.read(4));
        });
        const Server balancer(brood::test::balancer({&backend}));
        Client client = Client::tcp(balancer.port());
        client.send(
            with("POST /exec", "Connection: Upgrade\r\nUpgrade: tcp\r\n", std::string(size, 'b')) +
            "ping");
        client.half_close();
        const auto [bytes, has_ended] = client.read_to_end();
        BOOST_TEST(has_ended);
        BOOST_TEST(bytes.starts_with("HTTP/1.1 101 UPGRADED\r\n"));
        BOOST_TEST(bytes.ends_with("\r\n\r\n" + std::to_string(size) + "ping"));
      }
}

BOOST_AUTO_TEST_CASE(a_trusted_forwarder_speaks_for_the_clients_before_it) {
  Recorder recorder;
  const std::string told =
      "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: shop.example\r\n";
  const struct {
    const char* name;
    std::vector<std::string> options;
    std::string proto;
    std::string host;
    std::string client;
  } rows[] = {{"trusted",
               {"--trusted-forwarders", "127.0.0.0/8"},
               "https",
               "shop.example",
               "198.51.100.9:0"},
              {"not trusted", {"--trusted-forwarders", "192.0.2.0/24"}, "http", "h", "127.0.0.1:"},
              {"off", {}, "http", "h", "127.0.0.1:"}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      std::vector<std::string> options{"--access-log", "stderr"};
      options.insert(options.end(), row.options.begin(), row.options.end());
      const Server balancer(brood::test::balancer({&recorder.backend()}, options));
      Client client = Client::tcp(balancer.port());
      BOOST_TEST(client.exchange(with("GET /", told)).status == 200);
      const std::string asked = recorder.asked();
      BOOST_TEST(asked.find("\r\nX-Forwarded-Proto: " + row.proto + "\r\n") != std::string::npos);
      BOOST_TEST(asked.find("\r\nX-Forwarded-Host: " + row.host + "\r\n") != std::string::npos);
      BOOST_TEST(asked.find("\r\nX-Forwarded-For: 198.51.100.9, 127.0.0.1\r\n") !=
                 std::string::npos);
      BOOST_TEST(asked.find("\r\nHost: h\r\n") != std::string::npos);
      BOOST_TEST(text_of(balancer.wait_for("access"), "client").starts_with(row.client));
      // What it says holds for one request.
      BOOST_TEST(client.exchange(with("GET /", "")).status == 200);
      BOOST_TEST(recorder.asked().find("\r\nX-Forwarded-Proto: http\r\n") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_just_now_loses_no_request) {
  // Idle connections end after some milliseconds, and requests come after about as many.
  constexpr auto idle_time = 8ms;
  Backend backend([&](Visit& visit) {
    for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
      const std::size_t at = head.find("Content-Length: ");
      const std::size_t size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
      if (visit.read(size).size() < size || !visit.send(ok_reply("x"))) return;
      if (!visit.waits(idle_time)) return;
    }
  });
  const Server balancer(brood::test::balancer({&backend}, {"-X", "1h", "--eject-after", "1"}));
  const std::string requests[] = {with("GET /", ""), with("PUT /", "", "b"),
                                  with("POST /", "", "b"),
                                  with("PUT /", "", std::string(100'000, 'b'))};
  Client client = Client::tcp(balancer.port());
  int lost = 0;
  for (int count = 0; count < 400; ++count) {
    lost += client.exchange(requests[count % 4]).status != 200;
    std::this_thread::sleep_for(idle_time - 1ms + std::chrono::microseconds{count * 5});
  }
  BOOST_TEST(lost == 0);
}

BOOST_AUTO_TEST_CASE(small_chunks_go_on_in_large_ones) {
  std::atomic<std::size_t> received = 0;
  Backend counting([&](Visit& visit) {
    visit.read_head();
    for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) {
      ++received;
      if (piece == "\r" && visit.begins_with("\n0\r\n\r\n")) break;
    }
    visit.send(ok_reply("all"));
  });
  const Server balancer(brood::test::balancer({&counting}));
  Client client = Client::tcp(balancer.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string chunks;
  for (int count = 0; count < 300'000; ++count) chunks += "1\r\nb\r\n";
  client.send(chunks + "0\r\n\r\n");
  BOOST_TEST(client.read_reply().body == "all");
  BOOST_TEST(received < 310'000U);
}

BOOST_AUTO_TEST_SUITE_END()
