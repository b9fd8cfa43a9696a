// The course's balancer, each of its promises against the real binary.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <mutex>
#include <semaphore>

#include "support/balancer.hpp"

BOOST_AUTO_TEST_SUITE(balance_course)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// Probes come by requests only, unless a test says otherwise.
const std::vector<std::string> rarely{"-X", "1h", "-R", "1000000"};

std::vector<std::string> with(std::vector<std::string> options,
                              const std::vector<std::string>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

Finished run(const std::vector<std::string>& options) {
  Launch launch{.binary = BROOD_BINARY, .options = {"balance"}};
  launch.options.insert(launch.options.end(), options.begin(), options.end());
  return run_to_end(launch);
}

struct BadLine {
  const char* name;
  std::vector<std::string> options;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const BadLine& row) {
  return out << row.name;
}
const BadLine bad_lines[] = {
    {"no port at all", {}, "there is no server"},
    {"no server", {"1234"}, "there is no server"},
    {"a port that is none", {"1234", "eighty"}, "eighty is no port"},
    {"a port above all", {"1234", "65536"}, "65536 is no port"},
    {"port 0", {"0", "8080"}, "0 is no port"},
    {"N below 1", {"1234", "8080", "-N", "0"}, "must be at least 1"},
    {"R below 1", {"-R", "0", "1234", "8080"}, "must be at least 1"},
    {"N negative", {"1234", "-N", "-2", "8080"}, "must be at least 1"},
    {"N no number", {"1234", "8080", "-N", "x"}, "not a whole number"},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_bad_line_gets_a_message_and_status_2, bad_lines, row) {
  const Finished finished = run(row.options);
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.err.find(row.message) != std::string::npos, finished.err);
  BOOST_TEST(std::ranges::count(finished.err, '\n') == 1);
}

BOOST_AUTO_TEST_CASE(options_stand_anywhere_among_the_ports) {
  const Finished finished = run({"-N", "7", "1234", "8080", "-R", "3", "8081", "--check"});
  BOOST_TEST(finished.status == 0);
  for (const char* line : {"listen = 127.0.0.1:1234", "server = 127.0.0.1:8080",
                           "server = 127.0.0.1:8081", "parallel = 7", "health-requests = 3",
                           "health-interval = 3s", "mode = tcp", "strategy = least-entries"})
    BOOST_TEST(finished.out.find(line) != std::string::npos, line << " is not in " << finished.out);
}

BOOST_AUTO_TEST_CASE(a_probe_is_a_get_with_host_and_close) {
  Backend backend;
  const Server balancer(course_balancer({&backend}, rarely));
  BOOST_TEST(backend.last_probe() == "GET /healthcheck HTTP/1.1\r\nHost: " + backend.address() +
                                         "\r\nConnection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(the_fewest_entries_win_then_the_fewest_errors_then_the_first) {
  const struct {
    const char* name;
    std::uint64_t entries[3];
    std::uint64_t errors[3];
    std::size_t winner;
  } rows[] = {
      {"fewest entries", {9, 4, 7}, {0, 4, 0}, 1},
      {"fewest errors of equal entries", {5, 5, 5}, {3, 2, 1}, 2},
      {"the first of equals", {5, 5, 5}, {1, 1, 1}, 0},
      {"64 bits",
       {18446744073709551615ULL, 18446744073709551614ULL, 18446744073709551615ULL},
       {0, 0, 0},
       1},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Backend one, two, three;
      const std::vector<Backend*> backends{&one, &two, &three};
      for (std::size_t at = 0; at < 3; ++at) backends[at]->tell(row.entries[at], row.errors[at]);
      const Server balancer(course_balancer({&one, &two, &three}, rarely));
      BOOST_TEST(answered_by(balancer.port()) == port_text(*backends[row.winner]));
      // It holds until the next probe, however many are served.
      for (int count = 0; count < 7; ++count)
        BOOST_TEST(answered_by(balancer.port()) == port_text(*backends[row.winner]));
    }
}

BOOST_AUTO_TEST_CASE(after_r_accepted_connections_all_are_probed_and_the_choice_is_new) {
  Backend one, two;
  one.tell(1);
  two.tell(2);
  const Server balancer(course_balancer({&one, &two}, {"-X", "1h", "-R", "3"}));
  BOOST_TEST(one.probes() == 1U);
  one.tell(3);
  for (int count = 0; count < 2; ++count)
    BOOST_TEST(answered_by(balancer.port()) == port_text(one));
  BOOST_TEST(one.probes() == 1U);
  BOOST_TEST(answered_by(balancer.port()) == port_text(one));
  BOOST_TEST(eventually([&] { return one.probes() == 2 && two.probes() == 2; }));
  BOOST_TEST(eventually([&] { return answered_by(balancer.port()) == port_text(two); }));
}

BOOST_AUTO_TEST_CASE(after_x_all_are_probed_without_any_client) {
  Backend one, two;
  const Server balancer(course_balancer({&one, &two}, {"-X", "50ms", "-R", "1000000"}));
  BOOST_TEST(eventually([&] { return one.probes() >= 4 && two.probes() >= 4; }));
}

BOOST_AUTO_TEST_CASE(a_probe_by_time_counts_the_requests_anew) {
  Backend backend;
  const Server balancer(course_balancer({&backend}, {"-X", "400ms", "-R", "5"}));
  // Four, then a probe by time, then four more: five were never reached.
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t before = backend.probes();
    BOOST_TEST(eventually([&] { return backend.probes() > before; }));
    const std::uint64_t probes = backend.probes();
    for (int count = 0; count < 4; ++count) ask(balancer.port());
    BOOST_TEST(backend.probes() <= probes + 1);
  }
}

BOOST_AUTO_TEST_CASE(the_first_probe_comes_before_the_first_client_is_served) {
  Backend good, silent;
  good.tell(50);
  silent.be_silent();
  Launch launch = course_balancer({&silent, &good}, with(rarely, {"--health-timeout", "300ms"}));
  launch.awaits_idle = false;
  const Server balancer(launch);
  Client early = Client::tcp(balancer.port());
  early.send("GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(early.read_reply().body == port_text(good));
  BOOST_TEST(eventually([&] { return balancer.log("serving").size() == 1; }));
}

BOOST_AUTO_TEST_CASE(one_silent_server_delays_no_probe_of_another) {
  Backend silent, good;
  silent.be_silent();
  Launch launch =
      course_balancer({&silent, &good}, {"-X", "50ms", "-R", "99", "--health-timeout", "1h"});
  launch.awaits_idle = false;
  const Server balancer(launch);
  BOOST_TEST(eventually([&] { return good.probes() >= 4; }));
  BOOST_TEST(silent.probes() == 1U);
}

BOOST_AUTO_TEST_CASE(every_bad_answer_is_a_failed_probe_with_its_reason) {
  const struct {
    const char* name;
    std::vector<std::string> pieces;
    const char* reason;
  } rows[] = {
      {"silence", {}, "timed out"},
      {"half an answer", {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0\n"}, "bad length"},
      {"status 404", {"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\n0\n0\n"}, "bad status"},
      {"status 500", {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}, "bad status"},
      {"no HTTP", {"SSH-2.0-OpenSSH_9.2\r\n\r\n"}, "bad status"},
      {"no length", {"HTTP/1.1 200 OK\r\n\r\n0\n0\n"}, "bad length"},
      {"more than the length",
       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n0\n10\n"},
       "bad length"},
      {"empty", {ok_reply("")}, "bad body"},
      {"one number", {ok_reply("7\n")}, "bad body"},
      {"no number", {ok_reply("a\nb\n")}, "bad body"},
      {"negative", {ok_reply("-1\n4\n")}, "bad body"},
      {"beyond 64 bits", {ok_reply("0\n18446744073709551616\n")}, "bad body"},
      {"blank before", {ok_reply(" 0\n0\n")}, "bad body"},
      {"CRLF between", {ok_reply("0\r\n0\r\n")}, "bad body"},
      {"three lines", {ok_reply("0\n0\n0\n")}, "bad body"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Backend backend;
      backend.tell_raw(row.pieces);
      const Server balancer(
          course_balancer({&backend}, with(rarely, {"--health-timeout", "300ms"})));
      const LogLine verdict = balancer.wait_for("health");
      BOOST_TEST(text_of(verdict, "to") == "down");
      BOOST_TEST(text_of(verdict, "reason").find(row.reason) != std::string::npos,
                 text_of(verdict, "reason"));
      BOOST_TEST(ask(balancer.port()) == course_refusal);
    }
}

BOOST_AUTO_TEST_CASE(nobody_listening_is_refused) {
  Backend backend;
  backend.stop();
  const Server balancer(course_balancer({&backend}, rarely));
  BOOST_TEST(text_of(balancer.wait_for("health"), "reason").find("refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_in_pieces_and_the_connection_stay_open) {
  const struct {
    const char* name;
    std::vector<std::string> pieces;
  } rows[] = {
      {"byte by byte",
       [] {
         std::vector<std::string> pieces;
         for (const char byte : ok_reply("3\n41\n")) pieces.emplace_back(1, byte);
         return pieces;
       }()},
      {"no last line end", {ok_reply("3\n41")}},
      {"a load report behind", {ok_reply("3\n41\nepoch=5\nbusy=1\nstate=ready\n")}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Backend backend;
      backend.tell_raw(row.pieces);
      backend.keep_probes_open();
      const Server balancer(course_balancer({&backend}, rarely));
      BOOST_TEST(text_of(balancer.wait_for("health"), "to") == "up");
      BOOST_TEST(answered_by(balancer.port()) == port_text(backend));
    }
}

BOOST_AUTO_TEST_CASE(at_most_n_are_served_at_once_and_the_rest_in_order) {
  std::mutex mutex;
  std::string order;
  std::counting_semaphore<> allowed{0};
  Backend backend([&](Visit& visit) {
    const std::string head = visit.read_head();
    {
      const std::lock_guard lock(mutex);
      order += head.substr(5, 1);  // "GET /a ..."
    }
    while (!allowed.try_acquire_for(10ms) && !visit.is_left()) continue;
    visit.send(ok_reply(head.substr(5, 1)));
  });
  const Server balancer(course_balancer({&backend}, with(rarely, {"-N", "2"})));
  std::vector<Client> clients;
  for (const char name : std::string("abcdef")) {
    clients.push_back(Client::tcp(balancer.port()));
    clients.back().send(std::string("GET /") + name + " HTTP/1.1\r\n\r\n");
    clients.back().half_close();
    const std::uint64_t served = std::min<std::uint64_t>(clients.size(), 2);
    BOOST_TEST(eventually([&] { return backend.visits() == served; }));
  }
  for (std::size_t done = 1; done <= clients.size(); ++done) {
    allowed.release();
    const std::uint64_t served = std::min<std::uint64_t>(done + 2, clients.size());
    BOOST_TEST(eventually([&] { return backend.visits() == served; }));
  }
  for (Client& client : clients) BOOST_TEST(client.read_reply().status == 200);
  const std::lock_guard lock(mutex);
  // The first two came together, the others one by one.
  BOOST_TEST(order.substr(2) == "cdef");
}

BOOST_AUTO_TEST_CASE(who_refuses_is_marked_invalid_and_the_next_best_is_tried) {
  Backend best, second;
  best.tell(1);
  second.tell(2);
  const Server balancer(course_balancer({&best, &second}, rarely));
  best.stop();
  BOOST_TEST(answered_by(balancer.port()) == port_text(second));
  const LogLine marked = balancer.wait_for([](const LogLine& line) {
    return is_event(line, "health") && text_of(line, "to") == "down";
  });
  BOOST_TEST(text_of(marked, "server") == best.address());
  // It is back, but stays invalid until a probe says otherwise.
  best.start();
  BOOST_TEST(answered_by(balancer.port()) == port_text(second));
}

BOOST_AUTO_TEST_CASE(when_all_have_failed_the_client_gets_500_at_once_and_a_probe_is_started) {
  Backend one, two;
  Server balancer(course_balancer({&one, &two}, rarely));
  one.stop();
  two.stop();
  BOOST_TEST(ask(balancer.port()) == course_refusal);
  one.start();
  // With probes by time and count off, only that refusal can have found it again.
  BOOST_TEST(eventually([&] { return answered_by(balancer.port()) == port_text(one); }));
}

BOOST_AUTO_TEST_CASE(no_first_byte_before_the_idle_time_out_is_500) {
  Backend mute([](Visit& visit) { visit.hold(); });
  const Server balancer(course_balancer({&mute}, with(rarely, {"--server-timeout", "200ms"})));
  Client client = Client::tcp(balancer.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(client.read_to_end().first == course_refusal);
}

BOOST_AUTO_TEST_CASE(a_first_byte_and_then_silence_is_no_500) {
  Backend slow([](Visit& visit) {
    visit.read_head();
    visit.send("H");
    visit.hold();
  });
  const Server balancer(course_balancer({&slow}, with(rarely, {"--server-timeout", "200ms"})));
  Client client = Client::tcp(balancer.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(client.read_to_end().first == "H");
}

BOOST_AUTO_TEST_SUITE_END()
