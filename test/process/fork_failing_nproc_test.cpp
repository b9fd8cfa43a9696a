// The kernel refuses to fork: the user has as many processes as it may. Said with the remedy, tried
// again in good time, and what lives serves on.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(fork_failing_nproc)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr int pool_size = 12;
constexpr uid_t nobody = 65534;

bool is_root() {
  return ::geteuid() == 0;
}

/// Root is exempt from the limit, so root runs the server as somebody else.
uid_t server_user() {
  return is_root() ? nobody : ::getuid();
}

/// What counts against the limit: the threads of all processes of a user, zombies included.
struct Tasks {
  std::size_t count = 0;
  bool has_zombie = false;
};

Tasks tasks_of(uid_t user) {
  Tasks tasks;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = std::stoi(name);
    if (std::atoi(proc_field(pid, "status", "Uid:").c_str()) != static_cast<int>(user)) continue;
    tasks.count +=
        static_cast<std::size_t>(std::atoi(proc_field(pid, "status", "Threads:").c_str()));
    tasks.has_zombie = tasks.has_zombie || !is_alive(pid);
  }
  return tasks;
}

/// The same once the dead of an earlier server have been reaped by the machine's init.
std::size_t lasting_tasks_of(uid_t user) {
  eventually([&] { return !tasks_of(user).has_zombie; }, std::chrono::seconds{5});
  return tasks_of(user).count;
}

/// A server of that user.
Launch of_user(int size) {
  Launch launch{.binary = BROOD_BINARY, .options = pool_of(size)};
  launch.as_nobody = is_root();
  return launch;
}

/// Room for itself and about half of its workers.
Launch cramped() {
  Launch launch = of_user(pool_size);
  launch.limits = {
      {RLIMIT_NPROC, static_cast<rlim_t>(lasting_tasks_of(server_user()) + pool_size / 2)}};
  return launch;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_fork_that_fails_is_told_and_survived) {
  Server server(cramped());
  const LogLine first = server.wait_for("spawn_failed");
  BOOST_TEST(text_of(first, "level") == "error");
  BOOST_TEST(text_of(first, "reason").find("fork") != std::string::npos);
  BOOST_TEST(text_of(first, "reason").find("Resource temporarily unavailable") !=
             std::string::npos);
  BOOST_TEST(text_of(first, "remedy").find("ulimit -u") != std::string::npos);
  const std::vector<pid_t> workers = server.workers();
  BOOST_TEST(workers.size() > 0U);
  BOOST_TEST(workers.size() < static_cast<std::size_t>(pool_size));
  for (int count = 0; count < 20; ++count) BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(is_calm(server, 4s));
  BOOST_TEST(server.log("spawn_failed").size() <= 20U);  // Paced, then a trial every three seconds.
  BOOST_TEST(server.log("circuit_opened").size() <= 1U);
  for (const pid_t worker : workers) BOOST_TEST(is_alive(worker));
  BOOST_TEST(server.log("worker_ended").empty());

  // It still hears of its workers, and answers signals: its io_context is whole.
  ::kill(workers[0], SIGTERM);
  BOOST_TEST(text_of(end_of(server, workers[0]), "cause") == "terminated");
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(living_members(server.pid()).empty());
}

BOOST_AUTO_TEST_CASE(when_others_have_left_the_pool_is_filled) {
  Server others(of_user(pool_size));
  Server server(cramped());
  server.wait_for("spawn_failed");
  BOOST_TEST(last_seen(server, "total") < pool_size);
  BOOST_TEST(others.stop() == 0);
  BOOST_TEST(is_full(server, pool_size));
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
