// Out of descriptors, in a worker or in the supervisor: said once in a while, never a reason to
// spin or to leave, and over as soon as there are some again.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "support/balancer.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(descriptors)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

std::set<int> fds_of(pid_t pid) {
  std::set<int> numbers;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    numbers.insert(std::stoi(entry.path().filename()));
  return numbers;
}

/// Lets a process open only so many descriptors more. The limit is one of numbers, not of counts.
void leave_free(pid_t pid, int count) {
  const std::set<int> used = fds_of(pid);
  int limit = 0;
  for (; count > 0 || used.contains(limit); ++limit) count -= used.contains(limit) ? 0 : 1;
  BOOST_TEST_REQUIRE(set_limit(pid, RLIMIT_NOFILE, static_cast<rlim_t>(limit)));
}

/// "soft hard units" of /proc/PID/limits.
rlim_t soft_limit(pid_t pid) {
  return std::stoull("0" + proc_field(pid, "limits", "Max open files            "));
}

bool all_are(const std::vector<LogLine>& lines, const char* field, const std::string& text) {
  return std::all_of(lines.begin(), lines.end(), [&](const LogLine& line) {
    return text_of(line, field).find(text) != std::string::npos;
  });
}

/// What a supervisor says for some seconds in which it cannot make a worker: attempts that get
/// rarer, twice if its first workers prove themselves meanwhile. Without a pace it would be
/// thousands.
void check_spawn_failures(const Server& server) {
  const std::vector<LogLine> failures = server.log("spawn_failed");
  BOOST_TEST(failures.size() >= 1U);
  BOOST_TEST(failures.size() <= 20U);
  BOOST_TEST(all_are(failures, "reason", "Too many open files"));
  BOOST_TEST(all_are(failures, "remedy", "ulimit -n"));
  BOOST_TEST(server.log("circuit_opened").size() <= 1U);
}

/// Lets the supervisor have descriptors below `limit` only, takes a worker from it, and gives all
/// back.
void check_supervisor_with(rlim_t limit) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  const rlim_t usual = soft_limit(server.pid());
  BOOST_TEST_REQUIRE(set_limit(server.pid(), RLIMIT_NOFILE, limit));
  ::kill(pid_in_slot(server, 1), SIGKILL);
  server.wait_for("spawn_failed");
  for (int count = 0; count < 5; ++count) BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(is_calm(server, 2s));
  BOOST_TEST_REQUIRE(server.is_running());
  check_spawn_failures(server);
  BOOST_TEST(set_limit(server.pid(), RLIMIT_NOFILE, usual));
  BOOST_TEST(is_full(server, 3));
  BOOST_TEST(server.log("worker_ended").size() == 1);
  BOOST_TEST(server.stop() == 0);
}

/// For the time of its life, what this process starts has this soft limit.
class SoftLimit {
 public:
  explicit SoftLimit(rlim_t soft) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit changed{.rlim_cur = soft, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &changed);
  }
  ~SoftLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;

  rlim_t hard() const noexcept { return before_.rlim_max; }

 private:
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(workers_that_cannot_accept_wait_and_take_the_client_later) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  const std::vector<pid_t> workers = server.workers();
  const rlim_t usual = soft_limit(workers[0]);
  for (const pid_t worker : workers) leave_free(worker, 0);
  Client client = Client::tcp(server.port());
  client.send(get_request("/"));
  const LogLine note = server.wait_for("worker_note");
  BOOST_TEST(text_of(note, "text").starts_with("accept: Too many open files; trying again in "));
  BOOST_TEST(is_calm(server, 3s));
  // Each doubles its pause from 10 ms to a second.
  BOOST_TEST(server.log("worker_note").size() <= 3 * 12U);
  BOOST_TEST(server.log("worker_ended").empty());
  for (const pid_t worker : workers) BOOST_TEST(set_limit(worker, RLIMIT_NOFILE, usual));
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST((server.workers() == workers));
}

BOOST_AUTO_TEST_CASE(one_worker_that_cannot_accept_does_not_keep_clients_from_the_others) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
  for (const pid_t worker : server.workers()) {
    const rlim_t usual = soft_limit(worker);
    leave_free(worker, 0);
    for (int count = 0; count < 5; ++count) {
      const auto begun = std::chrono::steady_clock::now();
      BOOST_TEST(get(server.port(), "/").status == 200);
      BOOST_TEST((std::chrono::steady_clock::now() - begun < 2500ms));
    }
    BOOST_TEST(set_limit(worker, RLIMIT_NOFILE, usual));
  }
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_has_none_left_goes_on_with_what_it_has) {
  check_supervisor_with(3);
}

// The lost worker gives one back: enough for one end of a channel, or for a whole one and nothing
// else. A worker can be made then, whatever else the supervisor would like to look at.
BOOST_AUTO_TEST_CASE(a_supervisor_that_has_just_enough_left_replaces_its_worker) {
  for (const int left : {0, 1}) {
    Server server({.binary = BROOD_BINARY, .options = pool_of(3)});
    const rlim_t usual = soft_limit(server.pid());
    const pid_t lost = pid_in_slot(server, 1);
    leave_free(server.pid(), left);
    ::kill(lost, SIGKILL);
    BOOST_TEST(text_of(end_of(server, lost), "cause") == "killed");
    if (left == 0) {
      server.wait_for("spawn_failed");
      BOOST_TEST(set_limit(server.pid(), RLIMIT_NOFILE, usual));
    }
    BOOST_TEST(is_full(server, 3));
    BOOST_TEST(server.log("spawn_failed").empty() == (left == 1));
    BOOST_TEST_REQUIRE(server.is_running());
    BOOST_TEST(get(server.port(), "/").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_hard_limit_below_the_pool_is_said_at_the_start_and_survived) {
  Launch launch{.binary = BROOD_BINARY, .options = pool_of(40, {"--max-workers", "40"})};
  launch.limits = {{RLIMIT_NOFILE, 24}};
  Server server(launch);
  const LogLine warning = server.wait_for("descriptor_limit");
  BOOST_TEST(number_of(warning, "granted") == 24);
  BOOST_TEST(number_of(warning, "needed") > 40);
  BOOST_TEST(text_of(warning, "remedy").find("ulimit -Hn") != std::string::npos);
  const std::size_t made = server.workers().size();
  BOOST_TEST(made > 0U);
  BOOST_TEST(made < 24U);
  BOOST_TEST(is_calm(server, 4s));
  check_spawn_failures(server);
  for (int count = 0; count < 20; ++count) BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(server.log("worker_ended").empty());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_supervisor_raises_its_limit_and_workers_get_the_original) {
  const SoftLimit usual(1024);
  if (usual.hard() < 2100) {
    BOOST_TEST_MESSAGE("skipped: the hard limit is below 2100");
    return;
  }
  Server server(
      {.binary = BROOD_BINARY, .options = {"--start-workers", "4", "--max-workers", "2000"}});
  BOOST_TEST(soft_limit(server.pid()) > 2000U);
  for (const pid_t worker : server.workers()) BOOST_TEST(soft_limit(worker) == 1024U);
  BOOST_TEST(server.log("descriptor_limit").empty());
}

BOOST_DATA_TEST_CASE(a_balancer_keeps_some_for_servers, (std::vector<int>{1, 2}), threads) {
  Backend backend;
  Launch launch = balancer({&backend}, {"--threads", std::to_string(threads)});
  launch.limits = {{RLIMIT_NOFILE, 256}};
  const Server server(launch);
  std::vector<Client> clients;
  for (int count = 0; count < 300; ++count) {
    clients.push_back(Client::tcp(server.port()));
    clients.back().send(get_request("/"));
  }
  // Whoever is accepted is served, and stays; the others wait for them.
  std::vector<Client> waiting;
  std::size_t served = 0;
  for (Client& client : clients) {
    const Reply reply = client.read_reply(false, served > 0 && waiting.size() > 0 ? 10ms : 5000ms);
    BOOST_TEST((reply.status == 200 || reply.status == 0), reply.status);
    if (reply.status == 200)
      ++served;
    else
      waiting.push_back(std::move(client));
  }
  BOOST_TEST(served >= 64U);
  BOOST_TEST(!waiting.empty());
  BOOST_TEST(server.log("clients_full").size() == 1U);
  clients.clear();
  for (Client& client : waiting) {
    BOOST_TEST(client.read_reply().status == 200);
    client.close();
  }
}

BOOST_AUTO_TEST_SUITE_END()
