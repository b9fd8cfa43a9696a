// A worker killed with any signal is replaced in its slot, and its record names the signal. If it
// was busy, one request is lost: its own.
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(killed)

namespace {

using namespace brood::test;

enum class Fate { lives, stops, leaves, crashes, dies };

/// What signal(7) and docs/operating.md say of a worker that gets this signal.
Fate fate_of(int number) {
  switch (number) {
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2:
    case SIGPIPE:
    case SIGXFSZ:
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH: return Fate::lives;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return Fate::stops;
    case SIGTERM: return Fate::leaves;
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGSYS: return Fate::crashes;
    default: return Fate::dies;
  }
}

std::string name_of(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

/// A worker that still answers when all others stand still is unharmed.
bool answers_alone(const Server& server, pid_t other) {
  if (!suspend(other)) return false;
  const bool answered = get(server.port(), "/").status == 200;
  ::kill(other, SIGCONT);
  return answered;
}

void check_record(const LogLine& end, int number) {
  BOOST_TEST(number_of(end, "slot") == 0);
  BOOST_TEST(text_of(end, "reason") ==
             (fate_of(number) == Fate::leaves    ? "terminated (SIGTERM from outside)"
              : fate_of(number) == Fate::crashes ? "crashed (" + name_of(number) + ")"
                                                 : "killed (" + name_of(number) + ")"));
  BOOST_TEST(text_of(end, "cause") == (fate_of(number) == Fate::leaves    ? "terminated"
                                       : fate_of(number) == Fate::crashes ? "crashed"
                                                                          : "killed"));
}

/// Sends it to the worker in slot 0.
void check_signal(const Server& server, int number) {
  const pid_t worker = pid_in_slot(server, 0);
  const pid_t other = pid_in_slot(server, 1);
  const std::size_t ends = server.log("worker_ended").size();
  ::kill(worker, number);
  const Fate fate = fate_of(number);
  if (fate == Fate::stops) {
    BOOST_TEST(eventually([&] { return state_of(worker) == 'T'; }));
    BOOST_TEST(get(server.port(), "/").status == 200);
    ::kill(worker, SIGCONT);
  }
  if (fate == Fate::lives || fate == Fate::stops) {
    BOOST_TEST(answers_alone(server, other));
    BOOST_TEST(server.log("worker_ended").size() == ends);
    return;
  }
  check_record(end_of(server, worker), number);
  BOOST_TEST(next_in_slot(server, 0, worker) != 0);
  BOOST_TEST(is_full(server, 2));
  BOOST_TEST(server.log("worker_ended").size() == ends + 1);
  BOOST_TEST(pid_in_slot(server, 1) == other);
  BOOST_TEST(answers_alone(server, other));
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_idle_worker_meets_every_signal) {
  Server server(faulty(2));
  for (int number = 1; number <= 64; ++number)
    BOOST_TEST_CONTEXT("signal " << number) check_signal(server, number);
  BOOST_TEST(server.log("circuit_opened").empty());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(with_a_busy_worker_one_request_is_lost_and_named) {
  const struct {
    int number;
    const char* cause;
    const char* reason;
  } rows[] = {{SIGKILL, "killed", "killed (SIGKILL: GET /sleep/700?a=%22b HTTP/1.1)"},
              {SIGSEGV, "crashed", "crashed (SIGSEGV: GET /sleep/700?a=%22b HTTP/1.1)"},
              {SIGALRM, "killed", "killed (SIGALRM: GET /sleep/700?a=%22b HTTP/1.1)"}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.reason) {
      Server server(faulty(3));
      std::vector<Client> clients = occupy(server, 3, "/sleep/700?a=%22b");
      const pid_t victim = pid_in_slot(server, 1);
      ::kill(victim, row.number);
      std::size_t answered = 0;
      std::size_t closed = 0;
      for (Client& client : clients) {
        const Reply reply = client.read_reply();
        answered += reply.status == 200;
        closed += reply.status == 0 && client.is_closed_by_server();
      }
      BOOST_TEST(answered == 2);
      BOOST_TEST(closed == 1);
      const LogLine end = end_of(server, victim);
      BOOST_TEST(text_of(end, "cause") == row.cause);
      BOOST_TEST(text_of(end, "reason") == row.reason);
      BOOST_TEST(text_of(end, "state") == "BUSY");
      BOOST_TEST(number_of(end, "connections") == 1);
      BOOST_TEST(number_of(end, "entries") == 0);
      BOOST_TEST(server.log("worker_ended").size() == 1);
      BOOST_TEST(next_in_slot(server, 1, victim) != 0);
    }
}

BOOST_AUTO_TEST_CASE(under_load_each_kill_costs_one_request_at_most) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(6, {"--think-time", "5ms"})});
  Load load({.port = server.port(), .clients = 4});
  constexpr int kills = 30;
  for (int count = 0; count < kills; ++count) {
    const pid_t victim = pid_in_slot(server, count % 6);
    ::kill(victim, SIGKILL);
    BOOST_TEST_REQUIRE(next_in_slot(server, count % 6, victim) != 0);
  }
  const LoadCounts counts = load.stop();
  std::uint64_t busy = 0;
  for (const LogLine& end : server.log("worker_ended"))
    busy += text_of(end, "state") == "BUSY" ? 1U : 0U;
  BOOST_TEST(counts.failed <= busy, counts.first_failure);
  BOOST_TEST(counts.ok > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
