// Nothing that a call can refuse or throw ends the supervisor: it goes on, and makes up for what it
// could not do when it can.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(short_supply)

namespace {

using namespace brood::test;

std::int64_t address_space(pid_t pid) {
  return memory_kib(pid, "VmSize:") * 1024;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_channel_that_cannot_be_waited_for_is_a_spawn_that_failed) {
  const TempFolder folder;
  Launch launch = faulty(2);
  launch.environment = {"BROOD_FAULT_WATCH=" + (folder / "full")};
  Server server(launch);
  const pid_t lost = pid_in_slot(server, 0);
  std::ofstream(folder / "full") << "yes\n";
  ::kill(lost, SIGKILL);
  const LogLine failed = server.wait_for("spawn_failed");
  BOOST_TEST(text_of(failed, "reason") == "epoll_ctl: No space left on device");
  BOOST_TEST(get(server.port(), "/").status == 200);
  std::filesystem::remove(folder / "full");
  BOOST_TEST(is_full(server, 2));
  BOOST_TEST(server.stop() == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Theirs is not to be had.
BOOST_AUTO_TEST_CASE(a_supervisor_without_memory_goes_on_when_there_is_some) {
  Server server(faulty(4));
  std::vector<pid_t> workers = server.workers();
  BOOST_TEST_REQUIRE(
      set_limit(server.pid(), RLIMIT_AS, static_cast<rlim_t>(address_space(server.pid()))));
  for (int round = 0; round < 4; ++round) {
    server.signal(SIGINT);
    ::kill(workers[static_cast<std::size_t>(round)], round % 2 == 0 ? SIGKILL : SIGSEGV);
    server.signal(SIGUSR1);
  }
  BOOST_TEST(eventually([&] { return !is_alive(workers[0]) && !is_alive(workers[3]); }));
  BOOST_TEST(server.is_running());
  BOOST_TEST_REQUIRE(set_limit(server.pid(), RLIMIT_AS, RLIM_INFINITY));
  BOOST_TEST(eventually([&] {
    const std::vector<pid_t> now = server.workers();
    return now.size() == 4 && std::ranges::all_of(now, is_alive);
  }));
  // Workers that were born without memory die of it, and are replaced.
  BOOST_TEST(eventually([&] { return get(server.port(), "/").status == 200; }));
  BOOST_TEST(server.stop() == 0);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
