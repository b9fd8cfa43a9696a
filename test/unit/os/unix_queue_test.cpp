#include "os/unix_queue.hpp"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "os/listener.hpp"
#include "unit/os/connect_helper.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(unix_queue)

namespace {

using namespace brood;

std::vector<int> open_descriptors() {
  std::vector<int> fds;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) != -1) fds.push_back(fd);
  return fds;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_queue_of_each_listener_is_its_own) {
  const test::TemporaryFolder folder;
  const auto listen_in_folder = [&folder](const char* name) {
    auto listener = listen_at(*parse_endpoint("unix:" + (folder / name)), {.backlog = 64});
    BOOST_TEST_REQUIRE(std::holds_alternative<Listener>(listener));
    return std::move(std::get<Listener>(listener));
  };
  const Listener quiet = listen_in_folder("quiet");
  const Listener busy = listen_in_folder("busy");
  std::vector<UniqueFd> clients;
  for (std::uint32_t count = 0; count <= 40; ++count) {
    BOOST_TEST(unix_queue_length(busy.fd()) == count);
    clients.push_back(test::connect_to(busy.endpoint()));
  }
  BOOST_TEST(unix_queue_length(quiet.fd()) == 0U);
  const UniqueFd accepted{::accept4(busy.fd(), nullptr, nullptr, SOCK_CLOEXEC)};
  BOOST_TEST(unix_queue_length(busy.fd()) == 40U);
}

BOOST_AUTO_TEST_CASE(what_is_no_unix_socket_has_no_queue) {
  const UniqueFd file{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  BOOST_TEST(unix_queue_length(file.get()) == 0U);
  BOOST_TEST(unix_queue_length(-1) == 0U);
  auto tcp = listen_at(*parse_endpoint("127.0.0.1:0"), {.backlog = 64});
  BOOST_TEST_REQUIRE(std::holds_alternative<Listener>(tcp));
  BOOST_TEST(unix_queue_length(std::get<Listener>(tcp).fd()) == 0U);
}

BOOST_AUTO_TEST_CASE(asking_leaves_no_descriptor_open) {
  const std::vector<int> before = open_descriptors();
  for (int round = 0; round < 10; ++round) unix_queue_length(0);
  BOOST_TEST(open_descriptors() == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
