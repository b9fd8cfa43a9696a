// Every way to stop, and what is left behind: nothing.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(stopping)

namespace {

using namespace brood::test;
using Clock = std::chrono::steady_clock;

/// A stop that waits for nobody takes a moment; one that waits for a time-out by mistake takes that
/// time-out, and the shortest there is here is five seconds.
constexpr std::chrono::seconds at_once{4};

std::int64_t sum_of_ends(const Server& server, const char* field) {
  std::int64_t all = 0;
  for (const LogLine& end : server.log("worker_ended")) all += number_of(end, field);
  return all;
}

void wait_for_busy(const Server& server, int count) {
  server.wait_for([&](const LogLine& line) {
    return is_event(line, "picture") && number_of(line, "busy") == count;
  });
}

/// A client whose request is being worked on: behind a probe on the same connection, it has been
/// read when the probe's answer comes.
Client with_request_in_hand(std::uint16_t port, std::string_view path = "/") {
  Client client = Client::tcp(port);
  const Reply probe = client.exchange(get_request("/healthcheck") + get_request(path));
  BOOST_TEST(probe.status == 200);
  return client;
}

/// Neither a process of the group, nor a zombie, nor somebody who listens.
void check_nothing_left(const Server& server, std::uint16_t port) {
  BOOST_TEST(group_members(server.pid()).empty());
  BOOST_TEST(!Client::tcp(port).is_connected());
}

std::vector<std::string> causes(const Server& server) {
  std::vector<std::string> found;
  for (const LogLine& end : server.log("worker_ended")) found.push_back(text_of(end, "cause"));
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sigterm_answers_what_is_in_hand_refuses_the_rest_and_leaves_0) {
  Server server({.binary = BROOD_BINARY,
                 .options = {"--start-workers", "4", "--min-spare", "4", "--max-spare", "4",
                             "--think-time", "2s"}});
  const std::uint16_t port = server.port();
  Client thinking = with_request_in_hand(port);
  Client half_sent = Client::tcp(port);
  half_sent.send("GET / HTTP/1.1\r\nHo");
  wait_for_busy(server, 2);
  server.signal(SIGTERM);
  const LogLine stopping = server.wait_for("stopping");
  BOOST_TEST(text_of(stopping, "reason") == "SIGTERM");
  BOOST_TEST(!Client::tcp(port).is_connected());

  half_sent.send("st: test\r\n\r\n");
  for (Client* client : {&thinking, &half_sent}) {
    const Reply reply = client->read_reply();
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.header("Connection") == "close");
    BOOST_TEST(client->is_closed_by_server());
    client->close();  // Or the worker waits a while for it.
  }
  BOOST_TEST(server.wait_exit() == 0);
  check_nothing_left(server, port);

  const LogLine stopped = server.wait_for("stopped");
  BOOST_TEST(is_event(server.log().back(), "stopped"));
  BOOST_TEST(number_of(stopped, "connections") == 2);
  BOOST_TEST(number_of(stopped, "entries") == 2);
  BOOST_TEST(number_of(stopped, "errors") == 0);
  BOOST_TEST(number_of(stopped, "cut") == 0);
  BOOST_TEST(number_of(stopped, "workers") == 4);
  for (const std::string& cause : causes(server)) BOOST_TEST(cause == "stopped");
}

BOOST_AUTO_TEST_CASE(a_request_that_has_begun_on_a_kept_connection_is_answered) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0"}});
  std::vector<Client> clients;
  for (int number = 0; number < 5; ++number) {
    clients.push_back(Client::tcp(server.port()));
    BOOST_TEST(clients.back().exchange(get_request("/")).status == 200);
  }
  // Standing still, each worker learns of the request's beginning and of the stop together; the
  // supervisor wakes those whom it tells to leave.
  for (const pid_t worker : server.workers()) {
    ::kill(worker, SIGSTOP);
    BOOST_TEST(eventually([&] { return state_of(worker) == 'T'; }));
  }
  for (Client& client : clients) client.send("GET / HTTP/1.1\r\nHo");
  server.signal(SIGTERM);
  server.wait_for("stopping");
  for (Client& client : clients) {
    const Reply reply = client.exchange("st: test\r\n\r\n");
    BOOST_TEST(reply.status == 200, reply.body);
    BOOST_TEST(reply.header("Connection") == "close");
    client.close();
  }
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(number_of(server.wait_for("stopped"), "errors") == 0);
}

BOOST_AUTO_TEST_CASE(under_load_no_accepted_request_is_lost) {
  Server server(
      {.binary = BROOD_BINARY,
       .options = {"--start-workers", "4", "--max-requests", "30", "--think-time", "2ms"}});
  const std::uint16_t port = server.port();
  Load load({.port = port, .clients = 6, .requests_per_connection = 3});
  BOOST_TEST(load.reaches(200));
  BOOST_TEST(server.stop() == 0);
  const LoadCounts counts = load.stop();
  check_nothing_left(server, port);

  const LogLine stopped = server.wait_for("stopped");
  BOOST_TEST(number_of(stopped, "connections") == sum_of_ends(server, "connections"));
  BOOST_TEST(number_of(stopped, "entries") == sum_of_ends(server, "entries"));
  BOOST_TEST(number_of(stopped, "entries") == static_cast<std::int64_t>(counts.ok));
  BOOST_TEST(number_of(stopped, "cut") == 0);
  const auto contradiction = replay(server.log());
  BOOST_TEST(!contradiction, contradiction.value_or(Contradiction{}).what);
}

BOOST_AUTO_TEST_CASE(graceful_timeout_cuts_and_counts_what_takes_longer) {
  Server server(
      {.binary = BROOD_BINARY, .options = {"--think-time", "1m", "--graceful-timeout", "300ms"}});
  const std::uint16_t port = server.port();
  Client first = with_request_in_hand(port, "/one");
  const Client second = with_request_in_hand(port, "/two");
  const auto begun = Clock::now();
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST((Clock::now() - begun >= std::chrono::milliseconds{290}));
  BOOST_TEST((Clock::now() - begun < at_once));
  BOOST_TEST(number_of(server.wait_for("stopped"), "cut") == 2);
  server.wait_for([](const LogLine& line) {
    return text_of(line, "reason") == "killed (stopping: GET /one HTTP/1.1)";
  });
  BOOST_TEST(first.is_closed_by_server());
  check_nothing_left(server, port);
}

BOOST_AUTO_TEST_CASE(a_second_sigterm_and_sigquit_stop_at_once) {
  const struct {
    const char* name;
    std::vector<int> signals;
  } rows[] = {{"SIGTERM twice", {SIGTERM, SIGTERM}},
              {"SIGQUIT", {SIGQUIT}},
              {"SIGTERM, then SIGQUIT", {SIGTERM, SIGQUIT}}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Server server({.binary = BROOD_BINARY, .options = {"--think-time", "1m"}});
      const std::uint16_t port = server.port();
      Client client = with_request_in_hand(port);
      const auto begun = Clock::now();
      for (std::size_t at = 0; at < row.signals.size(); ++at) {
        if (at > 0) server.wait_for("stopping");  // Two of a kind at the same time would be one.
        server.signal(row.signals[at]);
      }
      BOOST_TEST(server.wait_exit() == 0);
      BOOST_TEST((Clock::now() - begun < at_once));
      BOOST_TEST(number_of(server.wait_for("stopped"), "cut") == 1, server.log_tail());
      check_nothing_left(server, port);
    }
}

BOOST_AUTO_TEST_CASE(sigterm_to_the_whole_process_group_is_as_graceful) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "2s"}});
  const std::uint16_t port = server.port();
  Client client = with_request_in_hand(port);
  server.signal_group(SIGTERM);
  const Reply reply = client.read_reply();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.header("Connection") == "close");
  client.close();
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(number_of(server.wait_for("stopped"), "cut") == 0);
  check_nothing_left(server, port);
}

BOOST_AUTO_TEST_CASE(after_ctrl_z_kill_1_stops_gracefully) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "300ms"}});
  const std::uint16_t port = server.port();
  Client client = with_request_in_hand(port);
  server.signal_group(SIGTSTP);  // As the terminal sends it.
  BOOST_TEST(eventually([&] { return state_of(server.pid()) == 'T'; }));
  server.signal_group(SIGTERM);  // As a shell's `kill %1` does: to the job, and wakes it.
  server.signal_group(SIGCONT);
  BOOST_TEST(client.read_reply().status == 200);
  client.close();
  BOOST_TEST(server.wait_exit() == 0);
  check_nothing_left(server, port);
}

BOOST_AUTO_TEST_CASE(after_ctrl_z_kill_9_leaves_no_worker) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "1m"}});
  const std::uint16_t port = server.port();
  const std::vector<pid_t> workers = server.workers();
  const Client busy = with_request_in_hand(port);  // Nor one that has better things to do.
  server.signal_group(SIGTSTP);
  BOOST_TEST(eventually([&] { return state_of(server.pid()) == 'T'; }));
  server.signal(SIGKILL);
  BOOST_TEST(server.wait_exit() == -SIGKILL);
  // Orphans are reaped by whoever adopts them, in time or not: ended is all that we can ask for.
  const auto has_ended = [](pid_t pid) { return state_of(pid) == '\0' || state_of(pid) == 'Z'; };
  for (const pid_t worker : workers) BOOST_TEST(eventually([&] { return has_ended(worker); }));
  BOOST_TEST(!Client::tcp(port).is_connected());
}

BOOST_AUTO_TEST_CASE(idle_kept_connections_do_not_delay_the_stop) {
  // Who says nothing is accepted at once only there.
  const std::string path =
      std::filesystem::temp_directory_path() / ("brood-silent-" + std::to_string(::getpid()));
  Server server({.binary = BROOD_BINARY,
                 .options = {"--think-time", "0", "--keep-alive-timeout", "1m", "--header-timeout",
                             "1m", "--graceful-timeout", "1m", "--listen", "127.0.0.1:0",
                             "--listen", "unix:" + path}});
  const std::uint16_t port = server.port();
  Client kept = Client::tcp(port);
  BOOST_TEST(kept.exchange(get_request("/")).status == 200);
  const Client silent = Client::unix_path(path);
  wait_for_busy(server, 2);
  const auto begun = Clock::now();
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST((Clock::now() - begun < at_once));
  BOOST_TEST(number_of(server.wait_for("stopped"), "cut") == 0);
  BOOST_TEST(kept.is_closed_by_server());
  check_nothing_left(server, port);
}

BOOST_AUTO_TEST_CASE(a_socket_file_is_gone_after_each_way_to_stop) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("brood-stopping-" + std::to_string(::getpid()));
  for (const int number : {SIGTERM, SIGQUIT}) {
    BOOST_TEST_CONTEXT("signal " << number) {
      Server server(
          {.binary = BROOD_BINARY, .options = {"--think-time", "1ms", "--listen", "unix:" + path}});
      BOOST_TEST(Client::unix_path(path).exchange(get_request("/")).status == 200);
      server.signal(number);
      BOOST_TEST(server.wait_exit() == 0);
      BOOST_TEST(!std::filesystem::exists(path));
      BOOST_TEST(group_members(server.pid()).empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
