// What goes through a balancer of mode http, byte for byte: the rules for heads are in
// test/unit/http/forwarding_test.cpp, here they meet sockets, time-outs and places.
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "support/balancer.hpp"
#include "support/faults.hpp"

namespace {

using namespace brood::test;

std::string with_length(std::size_t size) {
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

/// A server that keeps what it was asked, and answers as it was told.
class Recorder {
 public:
  Backend& backend() { return backend_; }
  void answer_with(std::string reply) {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
  }
  std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve(Visit& visit) {
    const std::string head = visit.read_head();
    const std::lock_guard lock(mutex_);
    asked_ = head;
    visit.send(reply_);
  }

  mutable std::mutex mutex_;
  std::string asked_;
  std::string reply_ = ok_reply("x");
  Backend backend_{[this](Visit& visit) { serve(visit); }};
};

BOOST_AUTO_TEST_SUITE(balance_http)

BOOST_AUTO_TEST_CASE(heads_are_passed_on_by_the_rules) {
  const struct {
    const char* name;
    std::string request;
    std::string reply;
    std::string server_sees;  ///< Some of it.
    std::string server_does_not_see;
    std::string client_sees;
    std::string client_does_not_see;
  } rows[] = {
      {"a plain one", "GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n", ok_reply("x"),
       "GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n", "Connection", "Content-Length: 1\r\n",
       "X-Brood-Server"},
      {"a query and a path as clients send them",
       "GET /\xc3\xa9?50%&%u20ac&\"<\xff>\"{}` HTTP/1.1\r\nHost: h\r\n\r\n", ok_reply("x"),
       "GET /\xc3\xa9?50%&%u20ac&\"<\xff>\"{}` HTTP/1.1\r\n", "%25", "200 OK", "400"},
      {"a long target", "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       ok_reply("x"), "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n", "414", "200 OK", "414"},
      {"blanks behind a chunk's size", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3  \r\nabc\r\n0 \r\n\r\n", "GET",
       "POST", "\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "502"},
      {"the client is named", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", ok_reply("x"),
       "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1;host=h;proto=http\r\n"
       "Via: 1.1 brood\r\n",
       "unknown", "Via: 1.1 brood\r\n", "Server: brood"},
      {"what Connection names stays here",
       "GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\nX: 1\r\n\r\n", ok_reply("x"), "Host",
       "X: 1", "Connection: close\r\n", "Connection: x"},
      {"an absolute target", "GET http://i/a HTTP/1.1\r\nHost: h\r\n\r\n", ok_reply("x"),
       "GET /a HTTP/1.1\r\nHost: i\r\n", "Host: h", "200 OK", "400"},
      {"a small expected body is asked for here",
       "PUT / HTTP/1.1\r\nHost: h\r\n" + with_length(1) + "Expect: 100-continue\r\n\r\ny",
       ok_reply("x"), "Content-Length: 1\r\n", "Expect",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", "417"},
      {"early hints go on", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok_reply("x"), "GET", "POST",
       "HTTP/1.1 103 Early Hints\r\nLink: a\r\n", "502"},
      {"but not to HTTP/1.0", "GET / HTTP/1.0\r\n\r\n",
       "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok_reply("x"), "GET / HTTP/1.1\r\n",
       "HTTP/1.0\r\n", "HTTP/1.1 200", "103"},
      {"chunks and their trailer", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nT: "
       "1\r\n\r\n",
       "GET", "POST", "Transfer-Encoding: chunked\r\n", "T: 1"},
      {"HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", "GET",
       "Content-Length: 9\r\nConnection: close\r\n\r\n", "502"},
      {"204", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "GET", "HEAD",
       "HTTP/1.1 204 No Content\r\n", "Content-Length"},
      {"304", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "GET", "HEAD",
       "Content-Length: 7\r\n", "502"},
      {"until the connection ends", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.0 200 OK\r\n\r\nabc", "GET", "HEAD", "3\r\nabc\r\n0\r\n\r\n", "502"},
      {"any method", "PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n", ok_reply("x"), "PROPFIND / HTTP/1.1",
       "GET", "200 OK", "501"},
      {"an error of the server's is the client's", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 503 Busy Now\r\nContent-Length: 0\r\nRetry-After: 9\r\n\r\n", "GET", "HEAD",
       "HTTP/1.1 503 Busy Now\r\n", "Retry-After: 1\r\n"},
  };
  Recorder recorder;
  const Server balancer(brood::test::balancer({&recorder.backend()}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      recorder.answer_with(row.reply);
      const std::string got = ask(balancer.port(), row.request);
      const std::string asked = recorder.asked();
      BOOST_TEST_INFO("server: " << asked << "client: " << got);
      BOOST_TEST(asked.find(row.server_sees) != std::string::npos);
      BOOST_TEST(asked.find(row.server_does_not_see) == std::string::npos);
      BOOST_TEST(got.find(row.client_sees) != std::string::npos);
      BOOST_TEST(got.find(row.client_does_not_see) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_is_ambiguous_reaches_no_server) {
  const struct {
    const char* name;
    std::string request;
    const char* want;
  } rows[] = {
      {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\n" + with_length(1) + with_length(2) + "\r\nab",
       "HTTP/1.1 400"},
      {"a length and chunks",
       "POST / HTTP/1.1\r\nHost: h\r\n" + with_length(4) +
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "HTTP/1.1 400"},
      {"chunks that are none",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400"},
      {"another coding",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
       "HTTP/1.1 501"},
      {"a folded field", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 400"},
      {"a bare line feed", "GET / HTTP/1.1\nHost: h\r\n\r\n", "HTTP/1.1 400"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400"},
      {"CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 501"},
      {"a head without end", "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), "HTTP/1.1 431"},
      {"the last hop", "OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n", "HTTP/1.1 200"},
  };
  Backend backend;
  const Server balancer(brood::test::balancer({&backend}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(ask(balancer.port(), row.request).starts_with(row.want));
  BOOST_TEST(backend.visits() == 0U);
}

/// Answers with the body that it was sent, on a connection that stays.
void echo(Visit& visit) {
  for (std::string head = visit.read_head(); !head.empty(); head = visit.read_head()) {
    std::string body;
    const std::size_t at = head.find("Content-Length: ");
    if (at != std::string::npos) {
      body = visit.read(std::stoul(head.substr(at + 16)));
    } else if (head.find("chunked") != std::string::npos) {
      for (std::size_t size = 1; size > 0;) {
        std::string line;
        while (!line.ends_with("\r\n")) {
          const std::string byte = visit.read(1);
          if (byte.empty()) return;
          line += byte;
        }
        size = std::stoul(line, nullptr, 16);
        body += visit.read(size);
        visit.read(2);
      }
    }
    if (!visit.send(ok_reply(body))) return;
  }
}

std::string as_chunks(std::string_view body, std::size_t chunk) {
  std::string bytes;
  for (; !body.empty(); body.remove_prefix(std::min(chunk, body.size()))) {
    const std::string_view piece = body.substr(0, chunk);
    std::array<char, 20> line{};
    std::snprintf(line.data(), line.size(), "%zx\r\n", piece.size());
    bytes.append(line.data()).append(piece).append("\r\n");
  }
  return bytes + "0\r\n\r\n";
}

BOOST_AUTO_TEST_CASE(bodies_of_all_sizes_arrive_whole_both_ways) {
  Backend backend(echo);
  const Server balancer(brood::test::balancer({&backend}));
  Client client = Client::tcp(balancer.port());
  for (const std::size_t size : {0UL, 1UL, 8192UL, 65535UL, 65536UL, 65537UL, 3'000'000UL})
    for (const bool in_chunks : {false, true}) BOOST_TEST_CONTEXT(size << (in_chunks ? "*" : "")) {
        std::string body(size, 0);
        for (std::size_t at = 0; at < size; ++at) body[at] = static_cast<char>(at * 7 + at / 256);
        const std::string head = "PUT / HTTP/1.1\r\nHost: h\r\n";
        const Reply reply = client.exchange(
            in_chunks ? head + "Transfer-Encoding: chunked\r\n\r\n" + as_chunks(body, 5000)
                      : head + with_length(size) + "\r\n" + body);
        BOOST_TEST(reply.status == 200);
        BOOST_TEST((reply.body == body));
      }
  // One connection has carried all that are held; the six that stream had a fresh one each.
  BOOST_TEST(backend.visits() == 7U);
}

BOOST_AUTO_TEST_CASE(a_large_expected_body_waits_for_the_servers_leave) {
  Backend backend([](Visit& visit) {
    const std::string head = visit.read_head();
    BOOST_TEST(head.find("Expect: 100-continue\r\n") != std::string::npos);
    if (head.starts_with("PUT /no ")) {
      visit.send("HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    visit.send("HTTP/1.1 100 Continue\r\n\r\n");
    visit.send(ok_reply(std::to_string(visit.read(1'000'000).size())));
  });
  const Server balancer(brood::test::balancer({&backend}));
  const auto head = [](const std::string& path) {
    return "PUT " + path + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" +
           with_length(1'000'000) + "\r\n";
  };
  Client refused = Client::tcp(balancer.port());
  refused.send(head("/no"));
  BOOST_TEST(refused.read_reply().status == 413);
  BOOST_TEST(refused.is_closed_by_server());
  Client admitted = Client::tcp(balancer.port());
  admitted.send(head("/yes"));
  BOOST_TEST(admitted.read_reply().status == 100);
  BOOST_TEST(admitted.exchange(std::string(1'000'000, 'x')).body == "1000000");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_slow_to_ask_holds_no_place) {
  Backend backend(echo);
  const Server balancer(brood::test::balancer({&backend}, {"-N", "1"}));
  Client slow = Client::tcp(balancer.port());
  slow.send("PUT / HTTP/1.1\r\nHost: h\r\n" + with_length(10) + "\r\n12345");
  BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(slow.exchange("67890").body == "1234567890");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_slow_to_take_holds_no_place) {
  // More than is read ahead; what is beyond that is in the kernel's buffers.
  const std::string large(300'000, 'x');
  Backend backend([&](Visit& visit) {
    const std::string head = visit.read_head();
    visit.send(ok_reply(head.starts_with("GET /large ") ? large : "x"));
  });
  const Server balancer(brood::test::balancer({&backend}, {"-N", "1"}));
  Client slow = Client::tcp(balancer.port());
  slow.send(get_request("/large"));
  BOOST_TEST(get(balancer.port(), "/").body == "x");
  BOOST_TEST((slow.read_reply().body == large));
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_nothing_costs_little) {
  Backend backend([](Visit& visit) {
    visit.read_head();
    visit.send("HTTP/1.1 200 OK\r\n" + with_length(1 << 30) + "\r\n");
    const std::string piece(1 << 20, 'x');
    for (int count = 0; count < 1024 && visit.send(piece); ++count) continue;
  });
  const Server balancer(
      brood::test::balancer({&backend}, {"--client-timeout", "500ms", "--access-log", "stderr"}));
  const std::int64_t before = memory_kib(balancer.pid(), "VmRSS:");
  Client client = Client::tcp(balancer.port());
  client.send(get_request("/"));
  const LogLine line = balancer.wait_for("access");  // It was given up.
  BOOST_TEST(text_of(line, "end") == "client-timeout");
  BOOST_TEST(memory_kib(balancer.pid(), "VmRSS:") - before < 2048);
}

BOOST_AUTO_TEST_CASE(a_truncated_answer_can_be_told_from_a_whole_one) {
  const struct {
    const char* name;
    std::string request;
    std::string reply;
    const char* ending;  ///< Of what the client gets.
  } rows[] = {
      {"by its length", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "\r\n\r\nab"},
      {"by the last chunk that is missing", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "\r\n\r\n2\r\nab\r\n"},
  };
  Recorder recorder;
  const Server balancer(brood::test::balancer({&recorder.backend()}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      recorder.answer_with(row.reply);
      Client client = Client::tcp(balancer.port());
      client.send(row.request);
      const auto [bytes, has_ended] = client.read_to_end();
      BOOST_TEST(has_ended);
      BOOST_TEST(bytes.ends_with(row.ending));
    }
}

BOOST_AUTO_TEST_CASE(who_has_answered_is_told_on_demand) {
  Backend backend;
  const Server balancer(brood::test::balancer({&backend}, {"--server-header", "on"}));
  BOOST_TEST(get(balancer.port(), "/").header("X-Brood-Server") == backend.address());
}

BOOST_AUTO_TEST_CASE(a_server_may_be_told_of_the_client_in_a_proxy_header) {
  for (const std::string version : {"v1", "v2"}) BOOST_TEST_CONTEXT(version) {
      std::mutex mutex;
      std::string first;
      Backend backend([&](Visit& visit) {
        const std::string header = version == "v1" ? visit.read_head() : visit.read(28);
        {
          const std::lock_guard lock(mutex);
          first = header;
        }
        visit.send(ok_reply("x"));
      });
      const Server balancer(brood::test::balancer({&backend}, {"--send-proxy", version}));
      BOOST_TEST(get(balancer.port(), "/").status == 200);
      const std::lock_guard lock(mutex);
      if (version == "v1") {
        BOOST_TEST(first.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
        BOOST_TEST(first.find(" " + std::to_string(balancer.port()) + "\r\nGET / HTTP/1.1\r\n") !=
                   std::string::npos);
        BOOST_TEST(first.find("Connection: close\r\n") != std::string::npos);
      } else {
        BOOST_TEST(first.starts_with(std::string_view("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16)));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_names_the_client) {
  Recorder recorder;
  const Server balancer(
      brood::test::balancer({&recorder.backend()}, {"--trusted-proxies", "127.0.0.0/8"}));
  const std::string header = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n";
  BOOST_TEST(ask(balancer.port(), header + get_request("/")).starts_with("HTTP/1.1 200"));
  BOOST_TEST(recorder.asked().find("X-Forwarded-For: 192.0.2.7\r\n") != std::string::npos);
  BOOST_TEST(ask(balancer.port(), get_request("/")).starts_with("HTTP/1.1 400"));
}

BOOST_AUTO_TEST_CASE(servers_may_be_unix_sockets) {
  const std::string path = "/tmp/brood-balance-" + std::to_string(::getpid()) + ".sock";
  const Server behind(
      Launch{.binary = BROOD_BINARY, .options = {"--listen", "unix:" + path, "--think-time", "0"}});
  const Server balancer(brood::test::balancer({}, {"--server", "unix:" + path}));
  Client client = Client::tcp(balancer.port());
  for (int count = 0; count < 3; ++count)
    BOOST_TEST(client.exchange(get_request("/")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
