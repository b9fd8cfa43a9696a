// A listener is one socket for a whole server: what a worker does to it is seen and mended, and
// what a successor has put into its place is not touched.
#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "support/models.hpp"

BOOST_AUTO_TEST_SUITE(listener)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

int status_at(const std::string& path) {
  return Client::unix_path(path).exchange(get_request("/", {"Connection: close"})).status;
}

ino_t inode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::uint64_t somaxconn() {
  std::uint64_t most = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> most;
  return most;
}

}  // namespace

BOOST_DATA_TEST_CASE(one_that_a_worker_has_shut_down_is_restored, models_with_pool, model) {
  Server server(faulty(3, {"--model", model}));
  const std::uint16_t port = server.port();
  for (int count = 0; count < 2; ++count) {
    const std::size_t before = server.mark();
    get(port, "/deafen");
    const LogLine restored = server.wait_for("listener_restored", before);
    BOOST_TEST(text_of(restored, "outcome") == "listening again");
    for (int request = 0; request < 10; ++request)
      BOOST_TEST(eventually([&] { return get(port, "/").status == 200; }));
  }
  BOOST_TEST(server.log("worker_ended").empty(), "every worker serves on");
  BOOST_TEST(server.stop() == 0);
}

BOOST_DATA_TEST_CASE(a_unix_socket_that_was_shut_down_is_bound_again, models_with_pool, model) {
  const TempFolder folder;
  const std::string path = folder / "s";
  Server server(faulty(3, {"--model", model, "--listen", "unix:" + path}));
  Client::unix_path(path).exchange(get_request("/deafen", {"Connection: close"}));
  server.wait_for("listener_restored");
  BOOST_TEST(eventually([&] { return status_at(path) == 200; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_stopping_server_leaves_its_successors_socket_alone) {
  const TempFolder folder;
  const std::string path = folder / "s";
  const Launch launch{.binary = BROOD_BINARY, .options = pool_of(1, {"--listen", "unix:" + path})};
  Server old(launch);
  std::filesystem::remove(path);
  Server successor(launch);
  const ino_t inode = inode_of(path);
  BOOST_TEST(old.stop() == 0);
  BOOST_TEST(inode_of(path) == inode);
  BOOST_TEST(status_at(path) == 200);
  BOOST_TEST(successor.stop() == 0);
  BOOST_TEST(!std::filesystem::exists(path), "its own it removes");
}

// Method: it is told to stop while a request is in hand, so that it first lets the path go and
// closes its socket later; the successor comes between the two.
BOOST_AUTO_TEST_CASE(so_does_a_stopping_balancer) {
  const TempFolder folder;
  const std::string path = folder / "s";
  std::atomic<bool> may_answer{false};
  Backend backend([&](Visit& visit) {
    visit.read_head();
    eventually([&] { return may_answer.load() || visit.is_left(); });
    visit.send(ok_reply("x"));
  });
  const Launch launch = balancer({&backend}, {"--listen", "unix:" + path});
  Server old(launch);
  Client client = Client::unix_path(path);
  client.send(get_request("/"));
  BOOST_TEST(eventually([&] { return backend.visits() == 1; }));
  old.signal(SIGTERM);
  BOOST_TEST(eventually([&] { return !std::filesystem::exists(path); }));
  Server successor(launch);
  const ino_t inode = inode_of(path);
  may_answer = true;
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(old.wait_exit() == 0);
  BOOST_TEST(inode_of(path) == inode);
  BOOST_TEST(status_at(path) == 200);
}

BOOST_AUTO_TEST_CASE(a_socket_file_has_the_permissions_asked_for) {
  const TempFolder folder;
  const auto mode_of = [](const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
  };
  const Server server(
      {.binary = BROOD_BINARY,
       .options = pool_of(1, {"--listen", "unix:" + (folder / "s"), "--unix-mode", "0660",
                              "--health-listen", "unix:" + (folder / "h")})});
  BOOST_TEST(mode_of(folder / "s") == 0660U);
  BOOST_TEST(mode_of(folder / "h") == 0660U);
  const Backend backend;
  const Server balance(
      balancer({&backend}, {"--listen", "unix:" + (folder / "b"), "--unix-mode", "600"}));
  BOOST_TEST(mode_of(folder / "b") == 0600U);
  for (const char* const wrong : {"0999", "1777", "0", "rw", ""})
    BOOST_TEST(
        run_to_end({.binary = BROOD_BINARY, .options = {"serve", "--check", "--unix-mode", wrong}})
            .status == 2);
}

BOOST_AUTO_TEST_CASE(a_longer_queue_than_the_kernels_is_told) {
  const std::uint64_t most = somaxconn();
  const std::uint64_t wanted = most + 1;
  const Server server(
      {.binary = BROOD_BINARY, .options = pool_of(1, {"--backlog", std::to_string(wanted)})});
  const LogLine capped = server.wait_for("backlog_capped");
  BOOST_TEST(number_of(capped, "backlog") == static_cast<std::int64_t>(wanted));
  BOOST_TEST(number_of(capped, "somaxconn") == static_cast<std::int64_t>(most));
  BOOST_TEST(text_of(capped, "remedy") ==
             "sysctl -w net.core.somaxconn=" + std::to_string(wanted) + ", or lower --backlog");
  const Server modest(
      {.binary = BROOD_BINARY, .options = pool_of(1, {"--backlog", std::to_string(most)})});
  BOOST_TEST(modest.log("backlog_capped").empty());
}

BOOST_AUTO_TEST_SUITE_END()
