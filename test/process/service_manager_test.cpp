// What a service manager hears by the protocol of sd_notify(3), from the start to the end; and that
// nothing that a worker starts can speak in the server's name.
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/balancer.hpp"
#include "support/cgi_folder.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(service_manager)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// The socket that systemd would name in NOTIFY_SOCKET.
class Manager {
 public:
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  std::string variable() const { return "NOTIFY_SOCKET=" + path_; }

  /// All lines so far.
  const std::vector<std::string>& heard() {
    char bytes[4096];
    for (;;) {
      const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (size < 0) return lines_;
      std::string line;
      for (std::istringstream text(std::string(bytes, static_cast<std::size_t>(size)));
           std::getline(text, line);)
        lines_.push_back(line);
    }
  }
  std::size_t count(const std::string& line) {
    return static_cast<std::size_t>(std::ranges::count(heard(), line));
  }
  bool hears(const std::string& line, std::size_t times = 1) {
    return eventually([&] { return count(line) >= times; });
  }

 private:
  TempFolder folder_;
  std::string path_ = folder_ / "notify";
  brood::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::vector<std::string> lines_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(it_hears_of_the_whole_life) {
  Manager manager;
  Launch launch = faulty(3);
  launch.environment = {manager.variable(), "WATCHDOG_USEC=300000"};
  Server server(launch);
  BOOST_TEST(manager.hears("READY=1"));
  BOOST_TEST(manager.hears("STATUS=3 idle, 0 busy, 3 workers"));
  BOOST_TEST(manager.hears("WATCHDOG=1", 3));
  Client busy = Client::tcp(server.port());
  busy.send(get_request("/sleep/1500"));
  BOOST_TEST(eventually([&] {
    return std::ranges::any_of(manager.heard(), [](const std::string& line) {
      return line.find(" 1 busy") != std::string::npos;
    });
  }));
  BOOST_TEST(manager.count("STOPPING=1") == 0U);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager.count("STOPPING=1") == 1U);
  BOOST_TEST(manager.count("READY=1") == 1U);
}

BOOST_AUTO_TEST_CASE(it_hears_of_a_reload_and_what_came_of_it) {
  Manager manager;
  Launch launch = faulty(3);
  launch.environment = {manager.variable()};
  Server server(launch);
  BOOST_TEST(manager.hears("READY=1"));
  server.signal(SIGHUP);
  BOOST_TEST(manager.hears("RELOADING=1"));
  BOOST_TEST(manager.hears("READY=1", 2));
  BOOST_TEST(eventually([&] {
    return std::ranges::any_of(manager.heard(), [](const std::string& line) {
      return line.ends_with("; last reload: done");
    });
  }));
}

BOOST_AUTO_TEST_CASE(it_hears_the_same_of_a_balancer) {
  Manager manager;
  Backend backend;
  Launch launch = balancer({&backend});
  launch.environment = {manager.variable()};
  Server server(launch);
  BOOST_TEST(manager.hears("READY=1"));
  BOOST_TEST(manager.hears("STATUS=1 of 1 servers up, 0 clients"));
  server.signal(SIGHUP);
  BOOST_TEST(manager.hears("RELOADING=1"));
  BOOST_TEST(manager.hears("READY=1", 2));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(manager.count("STOPPING=1") == 1U);
}

// Method: workers fail to start until they are let.
BOOST_AUTO_TEST_CASE(it_is_not_ready_before_the_pool_is) {
  Manager manager;
  const TempFolder folder;
  std::ofstream(folder / "start") << "exit 75\n";
  Launch launch = faulty(2);
  launch.environment = {manager.variable(), "BROOD_FAULT_START=" + (folder / "start")};
  launch.awaits_idle = false;
  Server server(launch);
  server.wait_for("worker_ended");
  BOOST_TEST(manager.count("READY=1") == 0U);
  std::filesystem::remove(folder / "start");
  BOOST_TEST(manager.hears("READY=1"));
}

BOOST_AUTO_TEST_CASE(nothing_that_is_started_can_speak_for_the_server) {
  const Manager manager;
  const CgiFolder cgi;
  cgi.add("env", text_head + "env");
  Launch launch{.binary = BROOD_BINARY,
                .options = pool_of(1, {"--handler", "cgi", "--root", cgi.path(), "--cgi-env",
                                       "NOTIFY_SOCKET", "--cgi-env", "WATCHDOG_USEC"})};
  launch.environment = {manager.variable(), "WATCHDOG_USEC=300000"};
  const Server server(launch);
  const Reply reply = get(server.port(), "/env");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body.find("NOTIFY_SOCKET") == std::string::npos, reply.body);
  BOOST_TEST(reply.body.find("WATCHDOG_USEC") == std::string::npos, reply.body);
}

BOOST_AUTO_TEST_CASE(a_pid_file_is_there_as_long_as_its_server) {
  const TempFolder folder;
  const std::string path = folder / "brood.pid";
  const auto pid_in_file = [&] {
    pid_t pid = 0;
    std::ifstream(path) >> pid;
    return pid;
  };
  std::ofstream(path) << "999999 of one that was killed\n";
  Server server(faulty(2, {"--pid-file", path}));
  BOOST_TEST(pid_in_file() == server.pid());
  ::kill(server.workers().front(), SIGTERM);  // A worker that leaves leaves it alone.
  server.wait_for("worker_ended");
  BOOST_TEST(pid_in_file() == server.pid());
  {
    Server successor(faulty(1, {"--pid-file", path}));
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(pid_in_file() == successor.pid());
    BOOST_TEST(successor.stop() == 0);
  }
  BOOST_TEST(!std::filesystem::exists(path));
  Launch launch{.binary = BROOD_BINARY,
                .options = {"serve", "--listen", "127.0.0.1:0", "--pid-file", "/nonexistent/pid"}};
  const Finished finished = run_to_end(launch);
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.err ==
             "brood: cannot write the pid file /nonexistent/pid: No such file or "
             "directory (see --pid-file)\n");
}

// Method: its queue is full, and nobody reads.
BOOST_AUTO_TEST_CASE(a_manager_that_does_not_listen_stops_nothing) {
  Manager manager;
  Launch launch = faulty(2);
  launch.environment = {manager.variable(), "WATCHDOG_USEC=3000"};
  Server server(launch);
  for (int count = 0; count < 20; ++count) {
    BOOST_TEST(get(server.port(), "/").status == 200);
    std::this_thread::sleep_for(50ms);  // So that more is told than a queue holds.
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
