// Nothing that a call can refuse or throw ends the supervisor: it goes on, and makes up for what it
// could not do when it can.
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "support/balancer.hpp"
#include "support/cgi_folder.hpp"
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

// Who does not hear of clients is no spare, also if no connection ends that would make it try
// again.
BOOST_AUTO_TEST_CASE(a_listener_that_cannot_be_waited_for_is_tried_again) {
  const TempFolder folder;
  const std::string path = folder / "s";
  Launch launch = faulty(
      1, {"--model", "prefork-epoll", "--connections-per-worker", "1", "--listen", "unix:" + path});
  launch.environment = {"BROOD_FAULT_WATCH=" + (folder / "full")};
  Server server(launch);
  Client only = Client::unix_path(path);
  BOOST_TEST(only.exchange(get_request("/")).status == 200);
  // It sleeps: it has turned from the listener before, as it is full.
  BOOST_TEST(eventually([&] { return state_of(server.workers().front()) == 'S'; }));
  std::ofstream(folder / "full") << "yes\n";
  only.abort();
  BOOST_TEST(is_noted(server, "epoll_ctl: No space left on device; trying again in "));
  std::filesystem::remove(folder / "full");
  BOOST_TEST(Client::unix_path(path).exchange(get_request("/")).status == 200);
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

BOOST_AUTO_TEST_CASE(a_balancer_without_a_thread_says_so_and_ends) {
  if (::geteuid() != 0) return;  // Only root can become nobody, and root has no such limit.
  Backend backend;
  Launch launch = balancer({&backend});
  launch.options.insert(launch.options.begin(), {"balance", "--listen", "127.0.0.1:0"});
  launch.as_nobody = true;
  launch.limits = {{RLIMIT_NPROC, 1}};
  const Finished finished = run_to_end(launch);
  BOOST_TEST(finished.status == 1);
  BOOST_TEST(finished.err.find("cannot_start reason=\"new thread: ") != std::string::npos,
             finished.err);
  BOOST_TEST(finished.err.find("lower --threads") != std::string::npos, finished.err);
}

// Method: the folder for temporary files can only be read, in a view of the file system that only
// the server has.
BOOST_AUTO_TEST_CASE(a_server_without_a_temporary_folder_says_so_and_serves) {
  constexpr const char* mount = "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp";
  if (::geteuid() != 0 ||
      std::system((std::string("unshare --mount sh -c '") + mount + "' 2>/dev/null").c_str()) !=
          0) {
    BOOST_TEST_MESSAGE("skipped: no right to mount anything here");
    return;
  }
  Launch launch = faulty(1);
  launch.environment = {"TMPDIR="};
  launch.through = {"/usr/bin/unshare", "--mount", "sh", "-c",
                    std::string(mount) + " && exec \"$0\" \"$@\""};
  Server server(launch);
  const LogLine told = server.wait_for("no_temporary_folder");
  BOOST_TEST(text_of(told, "folder") == "/tmp");
  BOOST_TEST(text_of(told, "reason") == "Read-only file system");
  BOOST_TEST(get(server.port(), "/").status == 200);
  const std::string large = "PUT /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n" +
                            std::string(100'000, 'b');
  BOOST_TEST(Client::tcp(server.port()).exchange(large).status == 500);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
