// Ejection is right: the last server that works is never ejected, what counts is about the server,
// rows end, and nothing of who was removed stays in anybody's count.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(balance_ejection)

namespace {

namespace test = brood::test;
using namespace brood::test;
using namespace std::chrono_literals;

/// Answers "GET /STATUS ..." with that status, all else with 200, on one connection.
void obey(Visit& visit) {
  for (;;) {
    const std::string head = visit.read_head();
    if (head.empty()) return;
    const std::size_t at = head.find(" /") + 2;
    const int status = std::atoi(head.c_str() + at);
    visit.send("HTTP/1.1 " + std::to_string(status >= 100 ? status : 200) +
               " Said\r\nContent-Length: 2\r\n\r\nok");
  }
}

void fail(Visit& visit) {
  visit.read_head();
  visit.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
}

/// A port at which nobody listens.
std::string dead_place() {
  Backend gone;
  return gone.address();
}

void fail_times(const Server& balancer, int count, const char* path = "/500") {
  for (int at = 0; at < count; ++at) get(balancer.port(), path);
}

bool was_ejected(const Server& balancer) {
  const auto lines = balancer.log("health");
  return std::ranges::any_of(lines,
                             [](const LogLine& line) { return text_of(line, "to") == "ejected"; });
}

struct Configured {
  TemporaryFolder folder;
  std::string path() const { return folder / "balance.conf"; }
  void write(const std::vector<std::string>& servers) const {
    std::ofstream file(path());
    file << "strategy = round-robin\nslow-start = 0\n";
    for (const std::string& server : servers) file << "server = " << server << '\n';
  }
  Launch launch(const std::vector<std::string>& more = {}) const {
    Launch launch{.binary = BROOD_BINARY,
                  .options = {"--config", path(), "-X", "50ms"},
                  .command = "balance"};
    launch.options.insert(launch.options.end(), more.begin(), more.end());
    return launch;
  }
};

LogLine reload(const Server& balancer) {
  const std::size_t mark = balancer.mark();
  balancer.signal(SIGHUP);
  return balancer.wait_for("reload", mark);
}

const std::string threads[] = {"1", "3"};

}  // namespace

BOOST_DATA_TEST_CASE(the_last_that_works_is_never_ejected, threads, thread_count) {
  Backend works(obey);
  for (const std::string& other : {dead_place(), dead_place() + ",backup"}) {
    const Server balancer(test::balancer({&works}, {"--threads", thread_count, "--server", other}));
    fail_times(balancer, 6);
    BOOST_TEST(get(balancer.port(), "/").status == 200, other);
    BOOST_TEST(!was_ejected(balancer));
  }
}

// "localhost" is 127.0.0.1 and ::1 on most machines, and most servers listen at the first alone.
BOOST_AUTO_TEST_CASE(a_name_of_two_addresses_is_not_two_servers_that_work) {
  const TemporaryFolder folder;
  std::ofstream(folder / "hosts") << "127.0.0.1 localhost\n::1 localhost\n";
  const std::string mount = "mount --bind " + (folder / "hosts") + " /etc/hosts";
  if (::geteuid() != 0 || std::system(("unshare --mount " + mount + " 2>/dev/null").c_str()) != 0) {
    BOOST_TEST_MESSAGE("skipped: no right to mount anything here");
    return;
  }
  Backend works(obey);
  Launch launch = test::balancer({}, {"--server", "localhost:" + port_text(works)});
  launch.through = {"/usr/bin/unshare", "--mount", "sh", "-c", mount + " && exec \"$0\" \"$@\""};
  const Server balancer(launch);
  BOOST_TEST(balancer.log("health").size() == 2U);
  fail_times(balancer, 6);
  BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(!was_ejected(balancer));
}

BOOST_AUTO_TEST_CASE(whose_only_other_is_ejected_stays) {
  Backend one(obey), two(obey);
  const Server balancer(test::balancer({&one, &two}, {"--eject-share", "100"}));
  fail_times(balancer, 30);
  BOOST_TEST(balancer.log("health").size() >= 1U);
  int ejected = 0;
  for (const LogLine& line : balancer.log("health")) ejected += text_of(line, "to") == "ejected";
  BOOST_TEST(ejected == 1);
  BOOST_TEST(get(balancer.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_removed_server_is_not_one_that_remains) {
  Backend one(obey), two(obey);
  const Configured config;
  config.write({one.address(), two.address()});
  const Server balancer(config.launch());
  config.write({one.address()});
  const std::size_t mark = balancer.mark();
  reload(balancer);
  BOOST_TEST(text_of(balancer.wait_for("server_removed", mark), "server") == two.address());
  fail_times(balancer, 6);
  BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(!was_ejected(balancer));
}

BOOST_AUTO_TEST_CASE(a_removed_servers_ejection_protects_nobody) {
  Backend stays(obey), first(fail), second(fail);
  const Configured config;
  config.write({stays.address(), first.address()});
  const Server balancer(config.launch());
  const auto ejected = [&](const Backend& backend) {
    return [&, address = backend.address()](const LogLine& line) {
      return is_event(line, "health") && text_of(line, "to") == "ejected" &&
             text_of(line, "server") == address;
    };
  };
  fail_times(balancer, 20, "/");
  balancer.wait_for(ejected(first));
  config.write({stays.address(), second.address()});
  reload(balancer);
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/");
    return second.visits() > 5;
  }));
  balancer.wait_for(ejected(second));
}

BOOST_AUTO_TEST_CASE(good_answers_between_end_the_row_of_ejections) {
  std::atomic<bool> is_bad{false};
  Backend good(obey);
  Backend other([&](Visit& visit) {
    visit.read_head();
    visit.send(is_bad ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" : ok_reply("fine"));
  });
  const Server balancer(test::balancer({&good, &other}, {"--eject-time", "200ms", "--strategy",
                                                         "round-robin", "--slow-start", "0"}));
  std::size_t mark = balancer.mark();
  for (int round = 0; round < 3; ++round) {
    is_bad = true;
    BOOST_TEST(eventually([&] {
      get(balancer.port(), "/");
      return !balancer.log("health", mark).empty();
    }));
    is_bad = false;
    const LogLine back = balancer.wait_for(
        [](const LogLine& line) { return is_event(line, "health") && text_of(line, "to") == "up"; },
        mark);
    BOOST_TEST(text_of(back, "reason") == "1 its ejection is over; in a row");
    const auto since = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - since < 1s) get(balancer.port(), "/");
    mark = balancer.mark();
  }
}

BOOST_AUTO_TEST_CASE(what_is_about_the_request_is_no_failure_of_the_server) {
  Backend one(obey), two(obey);
  const Server balancer(test::balancer({&one, &two}));
  fail_times(balancer, 12, "/501");
  fail_times(balancer, 12, "/505");
  get(balancer.port(), "/");
  BOOST_TEST(!was_ejected(balancer));
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/502");
    return was_ejected(balancer);
  }));
}

BOOST_AUTO_TEST_CASE(failed_connects_are_refuted_by_probes_that_connect) {
  Backend good(obey), other(obey);
  const Server balancer(test::balancer(
      {&good, &other}, {"--eject-time", "1h", "--strategy", "round-robin", "--slow-start", "0",
                        "-X", "200ms", "--health-fall", "100"}));
  other.stop();
  const auto is_to = [](const char* state) {
    return [state](const LogLine& line) {
      return is_event(line, "health") && text_of(line, "to") == state;
    };
  };
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/");
    return was_ejected(balancer);
  }));
  const std::size_t mark = balancer.mark();
  other.start();
  const LogLine back = balancer.wait_for(is_to("up"), mark);
  BOOST_TEST(text_of(back, "reason") == "2 probes have connected again");
}

BOOST_AUTO_TEST_CASE(answers_that_fail_are_not_refuted_by_probes) {
  Backend good(obey), other(obey);
  const Server balancer(
      test::balancer({&good, &other}, {"--eject-time", "1h", "-X", "20ms", "--slow-start", "0"}));
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/500");
    return was_ejected(balancer);
  }));
  const std::size_t mark = balancer.mark();
  const std::uint64_t before = good.probes() + other.probes();
  BOOST_TEST(eventually([&] { return good.probes() + other.probes() > before + 20; }));
  BOOST_TEST(balancer.log("health", mark).empty());
}

BOOST_AUTO_TEST_CASE(who_is_put_back_is_new) {
  Backend one(obey), two(obey);
  const Configured config;
  config.write({one.address(), two.address()});
  const Server balancer(config.launch({"--server-timeout", "2s"}));
  config.write({one.address()});
  reload(balancer);
  two.stop();
  two.be_silent();
  two.start();
  config.write({one.address(), two.address()});
  const std::size_t mark = balancer.mark();
  reload(balancer);
  const std::uint64_t before = two.visits();
  for (int count = 0; count < 6; ++count) BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(two.visits() == before);
  two.tell(3);
  const LogLine up = balancer.wait_for(
      [](const LogLine& line) { return is_event(line, "health") && text_of(line, "to") == "up"; },
      mark);
  BOOST_TEST(text_of(up, "server") == two.address());
  BOOST_TEST(eventually([&] {
    get(balancer.port(), "/");
    return two.visits() > before;
  }));
}

BOOST_AUTO_TEST_CASE(a_reload_without_a_thread_is_refused_and_all_goes_on) {
  if (::geteuid() != 0) return;  // Only root can become nobody, and root has no such limit.
  Backend one(obey);
  Launch launch = test::balancer({&one});
  launch.as_nobody = true;
  const Server balancer(launch);
  // Below what it has already: no thread is granted any more.
  const pid_t limiter = ::fork();
  if (limiter == 0) {  // Who is of the same user may limit it, root in a container may not.
    const rlimit none{1, 1};
    const bool is_done = ::setgid(65534) == 0 && ::setuid(65534) == 0 &&
                         ::prlimit(balancer.pid(), RLIMIT_NPROC, &none, nullptr) == 0;
    ::_exit(is_done ? 0 : 1);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(limiter, &status, 0) == limiter);
  if (status != 0) {
    BOOST_TEST_MESSAGE("skipped: it cannot be limited here");
    return;
  }
  const LogLine refused = reload(balancer);
  BOOST_TEST(text_of(refused, "outcome") == "refused, nothing is changed");
  BOOST_TEST(text_of(refused, "reason").starts_with("new thread: "));
  BOOST_TEST(get(balancer.port(), "/").status == 200);
  balancer.signal(SIGINT);  // No signal stays blocked.
  balancer.wait_for("dump_end");
}

BOOST_AUTO_TEST_SUITE_END()
