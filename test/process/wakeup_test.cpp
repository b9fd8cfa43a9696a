// No wake-up is lost. With EPOLLEXCLUSIVE one worker is woken for a connection; if it goes without
// accepting it, nobody else hears of that client. The tests hold a woken worker still before it
// can accept, take it away, and see how long the client waits. The supervisor looks by itself once
// a second, so each round begins just after that and must be over long before the next.
#include <sched.h>

#include <boost/test/unit_test.hpp>

#include "base/random.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(wakeup)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// The promise is 100 ms; the rest is for a busy machine. Well below the second of the tick.
constexpr std::chrono::milliseconds at_most = 600ms;

/// Room to spare above max-spare, so that the tick drains one worker a second and shows itself, and
/// nobody takes the place of a worker that was killed: a new one would find the client by itself.
std::vector<std::string> shrinking_pool(const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--start-workers", "30", "--min-spare",  "1",
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

/// Ties this thread and workers to one processor, on which a worker that is woken has to wait: for
/// as long as we like where we may be so rude (SCHED_FIFO), else for the rest of our time slice. So
/// what we do right after a connect(), we do to a worker that was woken for it and has not yet run.
class Hold {
 public:
  explicit Hold(std::vector<pid_t> workers) : workers_(std::move(workers)) {
    ::sched_getaffinity(0, sizeof all_, &all_);
    cpu_set_t one;
    CPU_ZERO(&one);
    int first = 0;
    while (!CPU_ISSET(first, &all_)) ++first;
    CPU_SET(first, &one);
    set(one, SCHED_BATCH);
    const sched_param first_of_all{.sched_priority = 1};
    ::sched_setscheduler(0, SCHED_FIFO, &first_of_all);
    eventually([&] {  // Only who sleeps in its wait can be woken.
      return std::all_of(workers_.begin(), workers_.end(),
                         [](pid_t pid) { return state_of(pid) == 'S'; });
    });
  }
  ~Hold() {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_OTHER, &none);
    set(all_, SCHED_OTHER);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  /// Stops who has been woken and has not yet run. \return its pid, or 0 when there is none.
  pid_t stop_woken() {
    const auto woken = std::find_if(workers_.begin(), workers_.end(),
                                    [](pid_t pid) { return state_of(pid) == 'R'; });
    if (woken == workers_.end()) return 0;
    const pid_t pid = *woken;
    ::kill(pid, SIGSTOP);
    workers_.erase(woken);
    stopped_.push_back(pid);
    return pid;
  }

 private:
  void set(const cpu_set_t& processors, int policy) const {
    const sched_param none{};
    for (const auto* pids : {&workers_, &stopped_})
      for (const pid_t pid : *pids) {
        ::sched_setaffinity(pid, sizeof processors, &processors);
        ::sched_setscheduler(pid, policy, &none);
      }
    ::sched_setaffinity(0, sizeof processors, &processors);
  }

  std::vector<pid_t> workers_;
  std::vector<pid_t> stopped_;
  cpu_set_t all_;
};

/// The clients send their requests, wait together for so long, and leave.
/// \return how many were answered.
std::size_t count_answers(std::vector<Client>& clients, std::chrono::milliseconds limit = at_most) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::size_t answered = 0;
  for (Client& client : clients) client.send(get_request("/", {"Connection: close"}));
  for (Client& client : clients) {
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto wait = std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(left));
    answered += client.read_reply(false, wait).status == 200;
  }
  clients.clear();
  return answered;
}

std::vector<Client> connect_clients(std::uint16_t port, std::size_t count) {
  std::vector<Client> clients;
  while (clients.size() < count) clients.push_back(Client::speaking(port));
  return clients;
}

/// Clients, and the workers that were stopped on the way to them.
struct Stranded {
  std::vector<Client> clients;
  std::vector<pid_t> holders;
};

Stranded strand(const std::vector<pid_t>& workers, std::uint16_t port, std::size_t client_count) {
  Stranded stranded;
  Hold hold(workers);
  for (std::size_t made = 0; made < client_count; ++made) {
    stranded.clients.push_back(Client::speaking(port));
    if (const pid_t holder = hold.stop_woken(); holder != 0) stranded.holders.push_back(holder);
  }
  return stranded;
}

/// Kills whoever has been woken for clients, again and again. A round in which a worker got to run
/// after all is no round; its client went with it. One may be late: the machine's fault, not ours.
void kill_on_the_way(std::size_t client_count) {
  Server server({.binary = BROOD_BINARY, .options = shrinking_pool()});
  int in_time = 0;
  int late = 0;
  for (int round = 0; round < 15 && in_time < 2; ++round) {
    wait_for_drain(server);
    Stranded stranded = strand(staying(server), server.port(), client_count);
    for (const pid_t holder : stranded.holders) ::kill(holder, SIGKILL);
    const std::size_t answered = count_answers(stranded.clients);
    std::size_t lost = 0;
    for (const pid_t holder : stranded.holders)
      lost += text_of(end_of(server, holder), "state") == "BUSY";
    late += answered + lost != client_count;
    in_time += answered == client_count && stranded.holders.size() == client_count;
  }
  BOOST_TEST(in_time > 0);
  BOOST_TEST(late <= 1);
}

/// All workers of a new server go on at the same moment with clients waiting for them.
std::size_t answers_of_all(const std::vector<std::string>& options, std::size_t client_count) {
  Server server({.binary = BROOD_BINARY, .options = options});
  const std::vector<pid_t> workers = server.workers();
  for (const pid_t worker : workers) BOOST_TEST_REQUIRE(suspend(worker));
  std::vector<Client> clients = connect_clients(server.port(), client_count);
  for (const pid_t worker : workers) ::kill(worker, SIGCONT);
  return count_answers(clients);
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

BOOST_AUTO_TEST_CASE(a_client_whose_worker_is_killed_on_the_way_to_it_is_not_forgotten) {
  kill_on_the_way(1);
}

BOOST_AUTO_TEST_CASE(of_several_stranded_clients_none_is_forgotten) {
  kill_on_the_way(3);
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
    BOOST_TEST(count_answers(clients) == 1);
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
    BOOST_TEST(count_answers(clients) == 1);
    BOOST_TEST_REQUIRE(suspend(worker));
  }
}

// Nobody has died, so nothing tells the supervisor; it finds the client at its next tick.
BOOST_AUTO_TEST_CASE(a_worker_stopped_on_the_way_to_a_client_delays_it_by_a_tick_at_most) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  const std::vector<pid_t> workers = server.workers();
  const std::size_t idle_files = open_files(workers[0]).size();
  bool arranged = false;
  for (int round = 0; round < 10 && !arranged; ++round) {
    Stranded stranded = strand(workers, server.port(), 1);
    arranged = stranded.holders.size() == 1 && suspend(stranded.holders[0]) &&
               open_files(stranded.holders[0]).size() == idle_files;  // It has not accepted.
    if (arranged) BOOST_TEST(count_answers(stranded.clients, 1s + at_most) == 1);
    for (const pid_t holder : stranded.holders) ::kill(holder, SIGCONT);
  }
  BOOST_TEST(arranged);
}

// Everybody serves one and leaves; whoever was woken in vain for the rest is gone. Three tries: the
// replaced ones have to be forked in time.
BOOST_AUTO_TEST_CASE(recycled_workers_leave_no_client_behind) {
  for (const auto& options :
       {shrinking_pool({"--max-requests", "1"}), pool_of(3, {"--max-requests", "1"})}) {
    std::size_t answered = 0;
    for (int attempt = 0; attempt < 3 && answered < 9; ++attempt)
      answered = answers_of_all(options, 9);
    BOOST_TEST(answered == 9);
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
