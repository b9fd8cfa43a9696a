// As the first process of a container: every orphan in it becomes the supervisor's child.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(pid1)

namespace {

using namespace brood::test;
namespace fs = std::filesystem;

/// A script in whose place brood runs as PID 1 of a pid namespace of its own.
class Container {
 public:
  Container() {
    std::ofstream(script_) << "#!/bin/sh\nexec unshare --pid --fork --kill-child --mount-proc "
                           << BROOD_BINARY << " \"$@\"\n";
    fs::permissions(script_, fs::perms::owner_all);
  }
  const std::string& script() const { return script_; }

 private:
  TempFolder folder_;
  std::string script_ = folder_ / "container";
};

/// Whether this user may make a pid namespace here.
bool can_unshare() {
  if (::geteuid() == 0 && std::system("unshare --pid --fork --mount-proc true 2>/dev/null") == 0)
    return true;
  BOOST_TEST_MESSAGE("skipped: no right to make a pid namespace here");
  return false;
}

/// The server that runs in it: the child of unshare, as the outside sees it.
pid_t supervisor_of(const Server& container) {
  pid_t supervisor = 0;
  BOOST_TEST_REQUIRE(eventually([&] {
    const std::vector<pid_t> children = children_of(container.pid());
    if (children.size() == 1) supervisor = children[0];
    return supervisor != 0;
  }));
  return supervisor;
}

/// Starts processes in the namespace whose parent leaves at once.
void start_orphans(pid_t supervisor, int count) {
  const std::string pid = std::to_string(supervisor);
  const std::string command = "for i in $(seq " + std::to_string(count) + "); do sleep 0.3 & done";
  BOOST_TEST(run_to_end({.binary = "/usr/bin/nsenter",
                         .options = {"--target", pid, "--pid", "--mount", "sh", "-c",
                                     "(" + command + ") >/dev/null 2>&1 </dev/null"}})
                 .status == 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(workers_live_although_their_parent_is_pid_1) {
  if (!can_unshare()) return;
  const Container container;
  Server server({.binary = container.script(), .options = pool_of(3)});
  const pid_t supervisor = supervisor_of(server);
  BOOST_TEST(number_of(server.wait_for("server_started"), "pid") == 1);
  for (int count = 0; count < 10; ++count) BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(children_of(supervisor).size() == 3);
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_AUTO_TEST_CASE(strangers_are_reaped_and_ones_own_are_not_lost_among_them) {
  if (!can_unshare()) return;
  const Container container;
  Server server({.binary = container.script(), .options = pool_of(3)});
  const pid_t supervisor = supervisor_of(server);
  constexpr std::size_t orphans = 20;
  start_orphans(supervisor, orphans);
  BOOST_TEST(eventually([&] { return children_of(supervisor).size() == 3 + orphans; }));
  std::vector<pid_t> workers;
  for (const LogLine& birth : server.log("worker_started"))
    workers.push_back(static_cast<pid_t>(number_of(birth, "pid")));
  // Killed from within, among all those that end now.
  const std::string victim = std::to_string(workers.at(1));
  BOOST_TEST(run_to_end({.binary = "/usr/bin/nsenter",
                         .options = {"--target", std::to_string(supervisor), "--pid", "--mount",
                                     "sh", "-c", "sleep 0.25; kill -KILL " + victim}})
                 .status == 0);
  BOOST_TEST(text_of(end_of(server, workers[1]), "reason") == "killed (SIGKILL)");
  BOOST_TEST(is_full(server, 3));
  BOOST_TEST(eventually([&] { return children_of(supervisor).size() == 3; }));
  BOOST_TEST(zombies_of(supervisor).empty());
  BOOST_TEST(server.log("worker_ended").size() == 1);
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(pid_1_stops_gracefully_and_dies_with_all) {
  if (!can_unshare()) return;
  const Container container;
  Server stopped({.binary = container.script(), .options = pool_of(3)});
  ::kill(supervisor_of(stopped), SIGTERM);
  BOOST_TEST(stopped.wait_exit() == 0);
  BOOST_TEST(living_members(stopped.pid()).empty());

  Server killed({.binary = container.script(), .options = pool_of(3)});
  ::kill(supervisor_of(killed), SIGKILL);
  BOOST_TEST(
      eventually([&] { return living_members(killed.pid()).empty(); }, std::chrono::seconds{1}));
}

BOOST_AUTO_TEST_SUITE_END()
