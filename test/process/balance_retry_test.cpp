// What becomes of a request whose server fails: the cells of the retry table that a server can
// provoke (src/balance/routing/retry.cpp has the table), and the promise that a POST reaches one
// server.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/balancer.hpp"

namespace {

using namespace brood::test;

std::string request(const std::string& method, std::size_t body_size = 0) {
  const std::string head = method + " /x HTTP/1.1\r\nHost: h\r\n";
  if (method == "GET") return head + "\r\n";
  return head + "Content-Length: " + std::to_string(body_size) + "\r\n\r\n" +
         std::string(body_size, 'b');
}

/// Turns a server off by its own script, until it is asked for this: fails once for the whole pair.
class Once {
 public:
  explicit Once(Backend::Script failure) : failure_(std::move(failure)) {}
  void operator()(Visit& visit) {
    if (!has_failed_.exchange(true)) return failure_(visit);
    const std::string head = visit.read_head();
    if (head.empty()) return;
    const std::size_t at = head.find("Content-Length: ");
    if (at != std::string::npos) visit.read(std::stoul(head.substr(at + 16)));
    visit.send(ok_reply("second"));
  }

 private:
  Backend::Script failure_;
  std::atomic<bool> has_failed_ = false;
};

/// The server that is asked first fails in its way; the other one would answer.
struct Row {
  const char* name;
  Backend::Script failure;
  std::string request;
  int status;            ///< That the client gets; 0: its connection is cut.
  std::uint64_t visits;  ///< Of both servers together.
  const char* reason;    ///< Of the retry, in the access log; empty: none.
  std::vector<std::string> options = {};
};

void read_and_close(Visit& visit) {
  visit.read_head();
}

void read_and_reset(Visit& visit) {
  visit.read_head();
  visit.reset();
}

void answer_half_a_head(Visit& visit) {
  visit.read_head();
  visit.send("HTTP/1.1 200 O");
}

void answer_half_a_body(Visit& visit) {
  visit.read_head();
  visit.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
}

void answer_garbage(Visit& visit) {
  visit.read_head();
  visit.send("what is this?\r\n\r\n");
}

void answer_two_lengths(Visit& visit) {
  visit.read_head();
  visit.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
}

void read_some_and_reset(Visit& visit) {
  visit.read_head();
  visit.read(1000);
  visit.reset();
}

void hold(Visit& visit) {
  visit.hold();
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"closed unanswered: GET goes elsewhere", read_and_close, request("GET"), 200, 2,
       "no answer came"},
      {"closed unanswered: PUT too", read_and_close, request("PUT", 10), 200, 2, "no answer came"},
      {"closed unanswered: POST does not", read_and_close, request("POST", 10), 502, 1, ""},
      {"closed unanswered: an unknown method does not", read_and_close, request("BREW"), 502, 1,
       ""},
      {"reset: GET goes elsewhere", read_and_reset, request("GET"), 200, 2, "no answer came"},
      {"reset: POST does not", read_and_reset, request("POST", 10), 502, 1, ""},
      {"half a head: GET goes elsewhere", answer_half_a_head, request("GET"), 200, 2,
       "the answer broke off before the client saw any"},
      {"half a head: POST does not", answer_half_a_head, request("POST"), 502, 1, ""},
      {"garbage: GET goes elsewhere", answer_garbage, request("GET"), 200, 2,
       "the answer broke off before the client saw any"},
      {"an ambiguous length is garbage", answer_two_lengths, request("POST"), 502, 1, ""},
      {"half a body is cut", answer_half_a_body, request("GET"), 0, 1, ""},
      {"too late: GET is not sent again",
       hold,
       request("GET"),
       504,
       1,
       "",
       {"--server-timeout", "100ms"}},
      {"a large PUT is no longer held", read_some_and_reset, request("PUT", 1 << 20), 502, 1, ""},
      {"no retries allowed", read_and_close, request("GET"), 502, 1, "", {"--retries", "0"}},
  };
  return table;
}

BOOST_AUTO_TEST_SUITE(balance_retry)

BOOST_AUTO_TEST_CASE(a_failed_request_goes_where_the_table_says) {
  for (const Row& row : rows()) BOOST_TEST_CONTEXT(row.name) {
      Once once(row.failure);
      Backend first(std::ref(once));
      Backend second(std::ref(once));
      std::vector<std::string> options{"--access-log", "stderr"};
      options.insert(options.end(), row.options.begin(), row.options.end());
      const Server balancer(brood::test::balancer({&first, &second}, options));
      Client client = Client::tcp(balancer.port());
      client.send(row.request);
      const Reply reply = client.read_reply();
      BOOST_TEST(reply.status == row.status);
      BOOST_TEST(first.visits() + second.visits() == row.visits);
      const LogLine line = balancer.wait_for("access");
      BOOST_TEST(text_of(line, "retry_reason") == row.reason);
      BOOST_TEST(number_of(line, "retries") == static_cast<std::int64_t>(row.visits) - 1);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_is_passed_over_for_every_method) {
  Backend gone;
  Backend alive;
  // It may be chosen until it is ejected, which never happens here.
  const Server balancer(brood::test::balancer(
      {&gone, &alive}, {"-X", "1h", "--eject-after", "0", "--strategy", "round-robin"}));
  gone.stop();
  for (const std::string method : {"GET", "POST", "BREW"})
    for (int count = 0; count < 3; ++count) BOOST_TEST_CONTEXT(method)
  BOOST_TEST(ask(balancer.port(), request(method)).ends_with(port_text(alive)));
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
  Backend one;
  const Server balancer(brood::test::balancer({&one}, {"-X", "1h", "--eject-after", "0"}));
  one.stop();
  const Reply reply = get(balancer.port(), "/");
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(reply.header("Retry-After") == "1");
}

/// Answers one request, and closes when the next one comes.
void close_when_asked_again(Visit& visit) {
  if (visit.read_head().empty()) return;
  visit.send(ok_reply("x"));
  visit.read_head();
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_is_closed_is_replaced_by_a_fresh_one) {
  Backend backend(close_when_asked_again);
  const Server balancer(brood::test::balancer({&backend}, {"--access-log", "stderr"}));
  Client client = Client::tcp(balancer.port());
  BOOST_TEST(client.exchange(request("GET")).status == 200);
  BOOST_TEST(client.exchange(request("GET")).status == 200);
  BOOST_TEST(backend.visits() == 2U);
  const LogLine line = balancer.wait_for([](const LogLine& candidate) {
    return is_event(candidate, "access") && number_of(candidate, "retries") == 1;
  });
  BOOST_TEST(text_of(line, "retry_reason") == "a kept connection was closed");
}

BOOST_AUTO_TEST_CASE(a_post_does_not_meet_a_kept_connection_that_is_closed) {
  Backend backend(close_when_asked_again);
  const Server balancer(brood::test::balancer({&backend}));
  Client client = Client::tcp(balancer.port());
  BOOST_TEST(client.exchange(request("GET")).status == 200);
  BOOST_TEST(client.exchange(request("POST")).status == 200);
  BOOST_TEST(backend.visits() == 2U);
}

BOOST_AUTO_TEST_CASE(what_went_out_before_watches_ran_out_is_not_sent_again) {
  if (is_sanitized()) return;  // A sanitizer must be the first library of a process.
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              std::string("4\r\nbody\r\n0\r\n\r\n");
  for (const std::string& post : {request("POST", 5), chunked, request("POST", 200'000)}) {
    Backend reached([](Visit& visit) { visit.hold(); });
    Backend other;
    Launch launch = brood::test::balancer(
        {&reached, &other}, {"--strategy", "round-robin", "-X", "1h", "--access-log", "stderr"});
    // Probes are the control thread's, whose Asio is not asked to do without.
    launch.environment = {"LD_PRELOAD=" + std::string(built("test/plugins/short_of_watches.so")),
                          "SHORT_OF_WATCHES_TO=" + std::to_string(reached.port())};
    const Server balancer(launch);
    int refused = 0;
    for (int count = 0; count < 4; ++count) {
      Client client = Client::tcp(balancer.port());
      refused += client.exchange(post).status == 502;
    }
    // They are counted when a server has read them.
    BOOST_TEST(eventually([&] { return refused == static_cast<int>(reached.visits()); }));
    BOOST_TEST(refused + static_cast<int>(other.visits()) == 4);
    BOOST_TEST(refused > 0);
    // Nobody is to blame.
    for (const LogLine& line : balancer.log("health")) BOOST_TEST(text_of(line, "to") == "up");
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_after_each_answer_fails_nobody) {
  Backend backend;  // It does not say that it will.
  const Server balancer(brood::test::balancer({&backend}));
  Client client = Client::tcp(balancer.port());
  for (int count = 0; count < 20; ++count)
    BOOST_TEST(client.exchange(request(count % 2 == 0 ? "POST" : "PUT", 5)).status == 200);
}

// --- Chaos: servers that fail in every way, at every point.

class Chaos {
 public:
  explicit Chaos(std::uint32_t seed) : state_(seed) {}

  void serve(Visit& visit) {
    for (;;) {
      const std::string head = visit.read_head();
      if (head.empty()) return;
      const std::size_t begin = head.find("/id-") + 4;
      note(head.substr(begin, head.find(' ', begin) - begin));
      const std::uint32_t draw = next() % 10;
      if (draw == 0) return;
      if (draw == 1) return visit.reset();
      visit.read(20);
      if (draw == 2) return;
      if (draw == 3) return visit.reset();
      if (draw == 4) return void(visit.send("HTTP/1.1 2"));
      if (draw == 5) return void(visit.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
      visit.send(ok_reply("x"));
      if (draw == 6) return;
    }
  }

  std::map<std::string, int> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }

 private:
  void note(const std::string& id) {
    const std::lock_guard lock(mutex_);
    ++deliveries_[id];
  }
  std::uint32_t next() {
    const std::lock_guard lock(mutex_);
    state_ = state_ * 1664525 + 1013904223;
    return state_ >> 8;
  }

  mutable std::mutex mutex_;
  std::uint32_t state_;
  std::map<std::string, int> deliveries_;
};

/// Four clients, each with so many POSTs, through a balancer that may retry without end.
void post_through_chaos(std::uint32_t seed) {
  Chaos chaos(seed);
  const auto script = [&](Visit& visit) { chaos.serve(visit); };
  Backend a(script);
  Backend b(script);
  Backend c(script);
  const Server balancer(brood::test::balancer(
      {&a, &b, &c}, {"--eject-after", "0", "--retries", "100", "--retry-budget", "100"}));
  constexpr int clients = 4;
  constexpr int requests = 40;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < clients; ++number)
    threads.emplace_back([&, number] {
      Client client = Client::tcp(balancer.port());
      for (int count = 0; count < requests; ++count) {
        if (!client.is_connected()) client = Client::tcp(balancer.port());
        const std::string id = std::to_string(number) + "-" + std::to_string(count);
        const Reply reply = client.exchange("POST /id-" + id +
                                            " HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n" +
                                            std::string(20, 'b'));
        answered += reply.status != 0;
        if (reply.status == 0 || reply.header("Connection") == "close") client.close();
      }
    });
  for (std::thread& thread : threads) thread.join();
  const auto deliveries = chaos.deliveries();
  BOOST_TEST(deliveries.size() > clients * requests / 2U);
  BOOST_TEST(answered > clients * requests / 2);
  for (const auto& [id, count] : deliveries) BOOST_TEST(count == 1, id << " came " << count);
}

BOOST_AUTO_TEST_CASE(a_post_is_delivered_at_most_once_whatever_its_servers_do) {
  for (const std::uint32_t seed : {7U, 8U, 9U})
    BOOST_TEST_CONTEXT("seed " << seed) post_through_chaos(seed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
