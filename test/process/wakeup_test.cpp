// No wake-up is lost. With EPOLLEXCLUSIVE one worker is woken for a connection; if it goes without
// accepting it, nobody else hears of that client. The tests hold a woken worker still before it
// can accept, take it away, and see how long the client waits. The supervisor looks by itself once
// a second, so each round begins just after that and must be over long before the next.
#include <sched.h>

#include <boost/test/unit_test.hpp>

#include "base/random.hpp"
#include "support/faults.hpp"

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// The promise is 100 ms; the rest is for a busy machine. Well below the second of the tick.
constexpr std::chrono::milliseconds at_most = 500ms;

/// Room to spare above max-spare, so that the tick drains one worker a second and shows itself, and
/// nobody takes the place of a worker that was killed: a new one would find the connection by
/// itself.
std::vector<std::string> shrinking_pool(const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--start-workers", "14", "--min-spare",  "1",
                                   "--max-spare",     "2",  "--think-time", "0"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

LogLine wait_for_drain(const Server& server) {
  return server.wait_for(
      [](const LogLine& line) {
        return is_event(line, "regulate") && text_of(line, "action") == "drain";
      },
      server.mark());
}

/// The slot that a line of the regulator tells to leave: "slot 3 told to leave, the longest idle".
pid_t drained_by(const Server& server, const LogLine& line) {
  return pid_in_slot(server, std::stoi(text_of(line, "outcome").substr(5)));
}

/// The workers which stay, in the order of their slots.
std::vector<pid_t> staying(const Server& server) {
  std::vector<pid_t> pids = server.workers();
  for (const LogLine& line : server.log("regulate"))
    if (text_of(line, "action") == "drain") std::erase(pids, drained_by(server, line));
  return pids;
}

/// This thread and workers of one processor, on which they run only while it sleeps. So between a
/// connect() of ours and whatever we do next, a worker is woken but has not yet run.
class Hold {
 public:
  explicit Hold(const std::vector<pid_t>& held) {
    ::sched_getaffinity(0, sizeof before_, &before_);
    int first = 0;
    while (!CPU_ISSET(first, &before_)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    const sched_param none{};
    for (const pid_t pid : held) {
      ::sched_setaffinity(pid, sizeof one, &one);
      ::sched_setscheduler(pid, SCHED_IDLE, &none);
    }
    ::sched_setaffinity(0, sizeof one, &one);
    // They have to be asleep in their wait before they can be woken.
    eventually([&] {
      return std::all_of(held.begin(), held.end(), [](pid_t pid) { return state_of(pid) == 'S'; });
    });
  }
  ~Hold() { ::sched_setaffinity(0, sizeof before_, &before_); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  cpu_set_t before_;
};

std::chrono::milliseconds since(std::chrono::steady_clock::time_point then) {
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - then);
}

/// Each client is answered before the deadline that begins now.
void check_answers(std::vector<Client>& clients, std::chrono::milliseconds limit = at_most) {
  const auto begun = std::chrono::steady_clock::now();
  for (Client& client : clients) BOOST_TEST(client.read_reply(false, limit).status == 200);
  const auto took = since(begun);
  BOOST_TEST(took <= limit, "it took " << took.count() << " ms");
}

std::vector<Client> connect_clients(std::uint16_t port, int count) {
  std::vector<Client> clients;
  for (int made = 0; made < count; ++made) {
    clients.push_back(Client::tcp(port));
    clients.back().send(get_request("/", {"Connection: close"}));
  }
  return clients;
}

/// Kills all workers but one right after so many clients have connected.
void strand_by_kill(std::size_t survivor, int client_count) {
  Server server({.binary = BROOD_BINARY, .options = shrinking_pool()});
  wait_for_drain(server);
  std::vector<pid_t> victims = staying(server);
  BOOST_TEST_REQUIRE(victims.size() > 3);
  victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(survivor % victims.size()));
  std::vector<Client> clients;
  {
    const Hold hold(victims);
    clients = connect_clients(server.port(), client_count);
    for (const pid_t victim : victims) ::kill(victim, SIGKILL);
  }
  check_answers(clients);
}

/// How long the workers that are told to leave take until they are gone, in seconds.
double longest_leaving(const Server& server, int drains) {
  double longest = 0;
  for (int count = 0; count < drains; ++count) {
    const LogLine drain = wait_for_drain(server);
    const LogLine end = end_of(server, drained_by(server, drain));
    BOOST_TEST(text_of(end, "cause") == "drained");
    longest = std::max(longest, seconds_between(drain, end));
  }
  return longest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wakeup)

BOOST_AUTO_TEST_CASE(a_client_whose_worker_is_killed_on_the_way_to_it_is_not_forgotten) {
  for (const std::size_t survivor : {0U, 1U, 5U, 11U, 12U})
    BOOST_TEST_CONTEXT("survivor " << survivor) strand_by_kill(survivor, 1);
}

BOOST_AUTO_TEST_CASE(of_several_stranded_clients_none_is_forgotten) {
  for (const std::size_t survivor : {0U, 4U, 12U})
    BOOST_TEST_CONTEXT("survivor " << survivor) strand_by_kill(survivor, 5);
}

// Both wait for it when it goes on: the order to leave, and a client that nobody else can take.
BOOST_AUTO_TEST_CASE(a_worker_woken_for_a_client_and_a_drain_serves_the_client_first) {
  Server server({.binary = BROOD_BINARY, .options = shrinking_pool()});
  wait_for_drain(server);
  for (const pid_t worker : staying(server)) BOOST_TEST_REQUIRE(suspend(worker));
  for (int round = 0; round < 4; ++round) {
    std::vector<Client> clients = connect_clients(server.port(), 1);
    const pid_t leaving = drained_by(server, wait_for_drain(server));
    ::kill(leaving, SIGCONT);
    check_answers(clients);
    const LogLine end = end_of(server, leaving);
    BOOST_TEST(text_of(end, "cause") == "drained");
    BOOST_TEST(number_of(end, "entries") == 1);
  }
}

BOOST_AUTO_TEST_CASE(any_one_worker_that_goes_on_takes_the_client) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4)});
  const std::vector<pid_t> workers = server.workers();
  for (const pid_t worker : workers) BOOST_TEST_REQUIRE(suspend(worker));
  for (const pid_t worker : workers) {
    std::vector<Client> clients = connect_clients(server.port(), 1);
    ::kill(worker, SIGCONT);
    check_answers(clients);
    BOOST_TEST_REQUIRE(suspend(worker));
  }
}

// Nobody has died, so nothing tells the supervisor; it finds the client at its next tick.
BOOST_AUTO_TEST_CASE(a_worker_stopped_on_the_way_to_a_client_delays_it_by_a_tick_at_most) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  const std::vector<pid_t> workers = server.workers();
  for (const pid_t stopped : workers) {
    std::vector<Client> clients;
    {
      const Hold hold(workers);
      clients = connect_clients(server.port(), 1);
      for (const pid_t worker : workers) ::kill(worker, SIGSTOP);
    }
    for (const pid_t worker : workers)
      if (worker != stopped) ::kill(worker, SIGCONT);
    check_answers(clients, 1s + at_most);
    ::kill(stopped, SIGCONT);
  }
}

// Everybody serves one and leaves; whoever was woken in vain for the rest is gone.
BOOST_AUTO_TEST_CASE(recycled_workers_leave_no_client_behind) {
  Server shrinking({.binary = BROOD_BINARY, .options = shrinking_pool({"--max-requests", "1"})});
  Server replacing({.binary = BROOD_BINARY, .options = pool_of(3, {"--max-requests", "1"})});
  wait_for_drain(shrinking);
  for (const Server* server : {&shrinking, &replacing}) {
    const std::vector<pid_t> workers = staying(*server);
    for (const pid_t worker : workers) BOOST_TEST_REQUIRE(suspend(worker));
    std::vector<Client> clients = connect_clients(server->port(), 9);
    for (const pid_t worker : workers) ::kill(worker, SIGCONT);
    check_answers(clients);
  }
}

BOOST_AUTO_TEST_CASE(a_drained_idle_worker_leaves_at_once) {
  Server server({.binary = BROOD_BINARY, .options = shrinking_pool()});
  BOOST_TEST(longest_leaving(server, 3) < 0.5);
}

BOOST_AUTO_TEST_CASE(an_orphaned_idle_worker_leaves_at_once) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(8)});
  server.signal(SIGKILL);
  BOOST_TEST(eventually([&] { return living_members(server.pid()).empty(); }, at_most));
}

// An order that comes between a look and a wait must not be slept through.
BOOST_AUTO_TEST_CASE(an_order_is_obeyed_whenever_it_comes) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(4)});
  Load load({.port = server.port(), .clients = 3});
  brood::SplitMix random{20};
  for (int round = 0; round < 60; ++round) {
    const auto slot = static_cast<std::int64_t>(random.next() % 4);
    const pid_t worker = pid_in_slot(server, slot);
    std::this_thread::sleep_for(std::chrono::microseconds(random.next() % 3000));
    ::kill(worker, SIGTERM);
    BOOST_TEST(eventually([&] { return !is_alive(worker); }, at_most), "round " << round);
    BOOST_TEST(text_of(end_of(server, worker), "cause") == "terminated");
    BOOST_TEST_REQUIRE(next_in_slot(server, slot, worker) != 0);
  }
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
}

BOOST_AUTO_TEST_SUITE_END()
