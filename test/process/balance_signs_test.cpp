// What counts against a server, and what does not: only what is about the server itself ejects it.
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(balance_signs)

namespace {

using namespace brood::test;

/// Says everything again.
void echo(Visit& visit) {
  for (std::string byte = visit.read(1); !byte.empty(); byte = visit.read(1)) visit.send(byte);
}

std::size_t ejections(const Server& balancer) {
  std::size_t count = 0;
  for (const LogLine& line : balancer.log("health")) count += text_of(line, "to") == "ejected";
  return count;
}

/// The lines of the access log that end so, waited for.
std::vector<LogLine> ends(const Server& balancer, std::string_view how, std::size_t count) {
  std::vector<LogLine> lines;
  eventually([&] {
    lines = balancer.log("access");
    std::erase_if(lines, [&](const LogLine& line) { return text_of(line, "end") != how; });
    return lines.size() >= count;
  });
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(idle_clients_of_mode_tcp_are_nobodys_fault) {
  for (const std::string threads : {"1", "3"}) BOOST_TEST_CONTEXT(threads << " threads") {
      Backend one(echo), two(echo);
      const Server balancer(brood::test::balancer(
          {&one, &two}, {"--mode", "tcp", "--server-timeout", "200ms", "-X", "1h", "--access-log",
                         "stderr", "--threads", threads}));
      std::vector<Client> clients;
      for (int count = 0; count < 28; ++count) {
        clients.push_back(Client::tcp(balancer.port()));
        if (count % 2 == 0) continue;
        // Half of them have asked, and have their answer.
        clients.back().send("x");
        std::array<char, 1> byte{};
        BOOST_TEST(::read(clients.back().fd(), byte.data(), 1) == 1);
      }
      BOOST_TEST(ends(balancer, "idle", 28).size() == 28U);
      BOOST_TEST(ejections(balancer) == 0U, balancer.log_tail());
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_owes_an_answer_is_to_blame_in_mode_tcp) {
  Backend silent([](Visit& visit) { visit.hold(); });
  Backend other(echo);
  const Server balancer(brood::test::balancer(
      {&silent, &other}, {"--mode", "tcp", "--server-timeout", "200ms", "-X", "1h", "--strategy",
                          "round-robin", "--access-log", "stderr"}));
  std::vector<Client> clients;
  for (int count = 0; count < 12; ++count) {
    clients.push_back(Client::tcp(balancer.port()));
    clients.back().send("x");
  }
  const LogLine line = balancer.wait_for([](const LogLine& candidate) {
    return is_event(candidate, "health") && text_of(candidate, "to") == "ejected";
  });
  BOOST_TEST(text_of(line, "server") == silent.address());
}

BOOST_AUTO_TEST_CASE(statuses_about_the_request_are_no_failures) {
  for (const int status : {500, 501, 502, 503, 504, 505}) BOOST_TEST_CONTEXT(status) {
      const auto script = [status](Visit& visit) {
        while (!visit.read_head().empty())
          visit.send("HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n\r\n");
      };
      Backend one(script), two(script);
      const Server balancer(brood::test::balancer({&one, &two}, {"-X", "1h"}));
      Client client = Client::tcp(balancer.port());
      for (int count = 0; count < 16; ++count)
        if (client.exchange("FOO / HTTP/1.1\r\nHost: h\r\n\r\n").status != status) break;
      const bool is_failure = status == 500 || (status >= 502 && status <= 504);
      if (is_failure) {
        BOOST_TEST(eventually([&] { return ejections(balancer) > 0; }));
      } else {
        for (int count = 0; count < 4; ++count)
          BOOST_TEST(client.exchange("FOO / HTTP/1.1\r\nHost: h\r\n\r\n").status == status);
        BOOST_TEST(ejections(balancer) == 0U);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_busy_unix_socket_is_waited_for) {
  const std::string path = "/tmp/brood-signs-" + std::to_string(::getpid()) + ".sock";
  for (const std::string mode : {"http", "tcp"}) BOOST_TEST_CONTEXT(mode) {
      // One at a time, and hardly anybody may wait for it.
      const Server behind(
          Launch{.binary = BROOD_BINARY,
                 .options = {"--listen", "unix:" + path, "--think-time", "20ms", "--backlog", "1",
                             "--start-workers", "1", "--min-spare", "1", "--max-spare", "1",
                             "--max-workers", "1"}});
      Launch launch = brood::test::balancer(
          {}, {"--server", "unix:" + path, "--mode", mode, "-X", "1h", "--health-format", "status",
               "--connect-timeout", "20s", "--queue-timeout", "20s"});
      const Server balancer(launch);
      std::vector<Client> clients;
      for (int count = 0; count < 20; ++count) {
        clients.push_back(Client::tcp(balancer.port()));
        clients.back().send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      }
      for (Client& client : clients) BOOST_TEST(client.read_reply().status == 200);
      BOOST_TEST(balancer.log("health").size() == 1U, balancer.log_tail());
    }
}

BOOST_AUTO_TEST_CASE(a_unix_socket_that_stays_busy_ejects_nobody) {
  const std::string path = "/tmp/brood-signs-" + std::to_string(::getpid()) + ".sock";
  for (const std::string mode : {"http", "tcp"}) BOOST_TEST_CONTEXT(mode) {
      Backend other([](Visit& visit) {
        visit.read_head();
        visit.hold();
      });
      const Server behind(
          Launch{.binary = BROOD_BINARY,
                 .options = {"--listen", "unix:" + path, "--think-time", "20s", "--backlog", "1",
                             "--start-workers", "1", "--min-spare", "1", "--max-spare", "1",
                             "--max-workers", "1"}});
      Launch launch =
          brood::test::balancer({&other}, {"--server", "unix:" + path, "--mode", mode, "-X", "1h",
                                           "--health-format", "status", "--strategy", "round-robin",
                                           "--connect-timeout", "50ms", "--access-log", "stderr"});
      const Server balancer(launch);
      std::vector<Client> clients;
      for (int count = 0; count < 40; ++count) {
        clients.push_back(Client::tcp(balancer.port()));
        clients.back().send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      }
      // Whom the busy one had no room for the other one has.
      BOOST_TEST(eventually([&] { return other.visits() >= 30; }));
      BOOST_TEST(ejections(balancer) == 0U, balancer.log_tail());
    }
}

BOOST_AUTO_TEST_SUITE_END()
