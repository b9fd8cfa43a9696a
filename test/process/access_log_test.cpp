// The balancer's access log has exactly one true line for each request, whatever became of it.
#include <sys/socket.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(access_log)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

Launch logging(const Backend& backend, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"--access-log", "stderr", "-X", "1h", "--health-format", "entries"});
  return balancer({&backend}, more);
}

/// The lines of requests for `path`, or of all.
std::vector<LogLine> lines_of(const Server& balancer, const std::string& path = "") {
  std::vector<LogLine> lines = balancer.log("access");
  std::erase_if(lines, [&](const LogLine& line) {
    return text_of(line, "request").find(' ' + path) == std::string::npos && !path.empty();
  });
  return lines;
}

/// The only line for `path`, waited for; a line that comes later is seen by whoever looks again.
LogLine line_of(const Server& balancer, const std::string& path) {
  const bool came = eventually([&] { return !lines_of(balancer, path).empty(); });
  BOOST_TEST(came, "no line for " << path);
  // Whatever comes after it in the log has come after any double of it.
  get(balancer.port(), "/last");
  eventually([&] { return !lines_of(balancer, "/last").empty(); });
  const std::vector<LogLine> lines = lines_of(balancer, path);
  BOOST_TEST(lines.size() == 1U, path);
  return lines.empty() ? LogLine{} : lines.front();
}

/// Answers all but /slow and what is large.
void serve(Visit& visit) {
  static const std::string large(20UL << 20, 'l');
  for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
    if (head.find("/slow") != std::string::npos) return visit.hold();
    if (!visit.send(ok_reply(head.find("/large") != std::string::npos ? large : "good"))) return;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_client_that_leaves_while_it_is_answered_has_its_line) {
  Backend backend(serve);
  const Server balancer(logging(backend));
  Client client = Client::tcp(balancer.port());
  client.send(get_request("/large"));
  BOOST_TEST(client.read_reply(true).status == 200);
  client.abort();
  const LogLine line = line_of(balancer, "/large");
  BOOST_TEST(number_of(line, "status") == 200);
  BOOST_TEST(text_of(line, "end") == "the client left");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_a_whole_answer_untaken_has_its_line) {
  // All of the last one is here, and not all of it has gone: so many fill the kernel's buffers.
  const std::string body(30'000, 'b');
  std::atomic<std::size_t> sent = 0;
  Backend backend([&](Visit& visit) {
    while (!visit.read_head().empty()) {
      visit.send(ok_reply(body));
      ++sent;
    }
  });
  const Server balancer(logging(backend));
  Client client = Client::tcp(balancer.port());
  const int small = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  std::string many;
  for (int count = 0; count < 1000; ++count) many += get_request("/n" + std::to_string(count));
  client.send(many);
  // Nothing shows that it goes no further but that it does not.
  BOOST_TEST(eventually([&] {
    const std::size_t before = sent;
    std::this_thread::sleep_for(200ms);
    return before > 0 && before == sent;
  }));
  BOOST_TEST_REQUIRE(sent < 1000U);
  client.abort();
  // Each that was begun has a line of its own, and none has two.
  get(balancer.port(), "/last");
  BOOST_TEST(eventually([&] { return !lines_of(balancer, "/last").empty(); }));
  const std::vector<LogLine> lines = lines_of(balancer, "/n");
  BOOST_REQUIRE(lines.size() == sent - 1);  // The last one is "/last".
  for (std::size_t at = 0; at < lines.size(); ++at)
    BOOST_TEST(text_of(lines[at], "request") == "GET /n" + std::to_string(at) + " HTTP/1.1");
  BOOST_TEST(text_of(lines.back(), "end") == "the client left");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_have_a_line_each_of_their_own) {
  Backend backend(serve);
  const Server balancer(logging(backend));
  Client client = Client::tcp(balancer.port());
  const std::string first = get_request("/a");
  const std::string second = get_request("/slow");
  client.send(first + second);
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  const LogLine a = line_of(balancer, "/a");
  BOOST_TEST(number_of(a, "status") == 200);
  BOOST_TEST(number_of(a, "bytes_in") == static_cast<std::int64_t>(first.size()));
  client.abort();
  const LogLine slow = line_of(balancer, "/slow");
  BOOST_TEST(number_of(slow, "status") == 0);
  BOOST_TEST(number_of(slow, "bytes_in") == static_cast<std::int64_t>(second.size()));
  BOOST_TEST(number_of(slow, "bytes_out") == 0);
  BOOST_TEST(text_of(slow, "end") == "the client left");
}

BOOST_AUTO_TEST_CASE(a_refused_request_says_why_and_what_was_sent) {
  Backend backend(serve);
  const Server balancer(logging(backend, {"--header-timeout", "100ms"}));
  const struct {
    const char* name;
    std::string bytes;
    int status;
    std::string request;
    std::string end;
  } rows[] = {
      {"a head that does not come", "GET /a HTTP/1.1\r\nHost", 408, "GET /a HTTP/1.1",
       "the request took too long"},
      {"a line that does not come", "GET /a HT", 408, "", "the request took too long"},
      {"no Host", "GET /b HTTP/1.1\r\n\r\n", 400, "GET /b HTTP/1.1", "Host is missing"},
      {"a body too short", "PUT /c HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx", 400,
       "PUT /c HTTP/1.1", "the request ends too early"},
      {"CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 501, "", ""},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const std::size_t before = balancer.mark();
      Client client = Client::tcp(balancer.port());
      client.send(row.bytes);
      if (row.status != 408) client.half_close();
      const std::string got = client.read_to_end().first;
      BOOST_TEST(got.starts_with("HTTP/1.1 " + std::to_string(row.status)));
      const LogLine line = balancer.wait_for("access", before);
      BOOST_TEST(number_of(line, "status") == row.status);
      BOOST_TEST(number_of(line, "bytes_out") == static_cast<std::int64_t>(got.size()));
      BOOST_TEST(number_of(line, "bytes_in") == static_cast<std::int64_t>(row.bytes.size()));
      BOOST_TEST(text_of(line, "request") == row.request);
      if (!row.end.empty()) BOOST_TEST(text_of(line, "end") == row.end);
    }
}

BOOST_AUTO_TEST_CASE(who_takes_too_long_did_not_leave) {
  Backend backend(serve);
  const Server balancer(logging(backend, {"--client-timeout", "200ms"}));
  Client client = Client::tcp(balancer.port());
  client.send(get_request("/large"));
  const LogLine line = line_of(balancer, "/large");
  BOOST_TEST(number_of(line, "status") == 200);
  BOOST_TEST(text_of(line, "end") == "client-timeout");
}

BOOST_AUTO_TEST_CASE(what_a_stop_cuts_has_its_line) {
  for (const std::string mode : {"http", "tcp"})
    for (const std::string threads : {"1", "3"})
      for (const int number : {SIGTERM, SIGQUIT}) BOOST_TEST_CONTEXT(mode << threads << number) {
          Backend backend(serve);
          Server balancer(logging(
              backend, {"--mode", mode, "--threads", threads, "--graceful-timeout", "50ms"}));
          std::vector<Client> clients;
          for (int count = 0; count < 16; ++count) {
            clients.push_back(Client::tcp(balancer.port()));
            clients.back().send(get_request("/slow"));
          }
          // Somebody who has asked nothing has no line in mode http.
          const Client idle = Client::tcp(balancer.port());
          BOOST_TEST(eventually([&] { return backend.visits() >= 16; }));
          if (mode == "http") {
            BOOST_TEST(get(balancer.port(), "/quick").status == 200);
          }
          balancer.signal(number);
          BOOST_TEST(balancer.wait_exit() == 0);
          std::vector<LogLine> lines = lines_of(balancer, mode == "http" ? "/slow" : "");
          std::erase_if(lines, [](const LogLine& line) {
            return text_of(line, "end") != "cut: the balancer has stopped";
          });
          BOOST_TEST(lines.size() >= 16U);
          BOOST_TEST(lines.size() <= 17U);
          if (mode == "http") {
            BOOST_TEST(lines.size() == 16U);
            BOOST_TEST(lines_of(balancer, "/quick").size() == 1U);
          }
          BOOST_TEST(is_event(balancer.log().back(), "stopped"));
        }
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_a_stop_cuts_has_its_line) {
  Backend backend([](Visit& visit) {
    visit.read_head();
    visit.send("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello");
    visit.hold();
  });
  Server balancer(logging(backend, {"--graceful-timeout", "50ms"}));
  Client client = Client::tcp(balancer.port());
  client.send("GET /t HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  BOOST_TEST(client.read_reply(true).status == 101);
  BOOST_TEST(balancer.stop() == 0);
  const std::vector<LogLine> lines = lines_of(balancer, "/t");
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(number_of(lines[0], "status") == 101);
  BOOST_TEST(text_of(lines[0], "end") == "cut: the balancer has stopped");
}

BOOST_AUTO_TEST_CASE(a_connection_of_mode_tcp_has_no_status) {
  Backend backend(serve);
  const Server balancer(logging(backend, {"--mode", "tcp"}));
  ask(balancer.port(), get_request("/"));
  BOOST_TEST(!balancer.wait_for("access").contains("status"));
}

BOOST_AUTO_TEST_SUITE_END()
