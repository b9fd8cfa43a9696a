#include "os/listener.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "unit/os/connect_helper.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(listener)

namespace {

using namespace brood;
using test::connect_to;
using test::is_ended;
using test::soon;
using test::TemporaryFolder;

Endpoint endpoint(const std::string& text) {
  const auto parsed = parse_endpoint(text);
  BOOST_TEST_REQUIRE(parsed.has_value(), text);
  return *parsed;
}

Listener listening(const std::string& text) {
  auto listener = listen_at(endpoint(text), {.backlog = 64});
  if (const auto* error = std::get_if<ListenError>(&listener)) BOOST_TEST_MESSAGE(*error);
  BOOST_TEST_REQUIRE(std::holds_alternative<Listener>(listener));
  return std::move(std::get<Listener>(listener));
}

std::string refusal(const std::string& text) {
  const auto listener = listen_at(endpoint(text), {.backlog = 64});
  BOOST_TEST_REQUIRE(std::holds_alternative<ListenError>(listener));
  return std::get<ListenError>(listener);
}

/// One line with the endpoint, the trouble and the remedy in it.
void check_refusal(const std::string& text, const std::string& trouble, const std::string& remedy) {
  const std::string line = refusal(text);
  BOOST_TEST_INFO_SCOPE(line);
  BOOST_TEST(line.find(text) != std::string::npos);
  BOOST_TEST(line.find(trouble) != std::string::npos);
  BOOST_TEST(line.find(remedy) != std::string::npos);
  BOOST_TEST(line.find('\n') == std::string::npos);
}

UniqueFd accepted(const Listener& listener) {
  UniqueFd fd;
  soon([&] {
    fd.reset(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    return bool{fd};
  });
  return fd;
}

struct HasIpv6 {
  boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
    return std::holds_alternative<Listener>(listen_at(*parse_endpoint("[::1]:0"), {.backlog = 1}));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(port_0_becomes_the_port_that_the_kernel_chose) {
  const Listener first = listening("127.0.0.1:0");
  const Listener second = listening("127.0.0.1:0");
  BOOST_TEST(first.endpoint().port != 0);
  BOOST_TEST(first.endpoint().port != second.endpoint().port);
  BOOST_TEST(first.endpoint().host == "127.0.0.1");
  BOOST_TEST(bool{connect_to(first.endpoint())});
  BOOST_TEST(bool{accepted(first)});
}

BOOST_AUTO_TEST_CASE(ipv6_is_listened_at_and_only_it, *boost::unit_test::precondition(HasIpv6{})) {
  const Listener listener = listening("[::1]:0");
  BOOST_TEST(bool{connect_to(listener.endpoint())});
  int only = 0;
  socklen_t size = sizeof only;
  BOOST_TEST(::getsockopt(listener.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0);
  BOOST_TEST(only != 0, "so that 0.0.0.0 can have the same port");
}

BOOST_AUTO_TEST_CASE(a_listener_never_waits_and_closes_on_exec) {
  const TemporaryFolder folder;
  for (const std::string& text : {std::string("127.0.0.1:0"), "unix:" + (folder / "s")}) {
    const Listener listener = listening(text);
    BOOST_TEST((::fcntl(listener.fd(), F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC) == -1);
    BOOST_TEST(errno == EAGAIN);
  }
}

BOOST_AUTO_TEST_CASE(accepted_connections_have_nodelay) {
  const Listener listener = listening("127.0.0.1:0");
  const UniqueFd client = connect_to(listener.endpoint());
  const UniqueFd server = accepted(listener);
  int on = 0;
  socklen_t size = sizeof on;
  BOOST_TEST(::getsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0);
  BOOST_TEST(on != 0);
}

BOOST_AUTO_TEST_CASE(waiting_counts_connections_until_they_are_accepted) {
  const TemporaryFolder folder;
  for (const std::string& text : {std::string("127.0.0.1:0"), "unix:" + (folder / "s")}) {
    BOOST_TEST_INFO_SCOPE(text);
    const Listener listener = listening(text);
    BOOST_TEST(listener.waiting() == 0U);
    std::vector<UniqueFd> clients;
    for (std::uint32_t count = 1; count <= 5; ++count) {
      clients.push_back(connect_to(listener.endpoint()));
      BOOST_TEST(soon([&] { return listener.waiting() == count; }));
    }
    for (std::uint32_t left = 5; left-- > 0;) {
      BOOST_TEST(bool{accepted(listener)});
      BOOST_TEST(listener.waiting() == left);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stale_socket_file_is_removed) {
  const TemporaryFolder folder;
  const std::string text = "unix:" + (folder / "s");
  { const Listener dead = listening(text); }  // Closed without a farewell, as by a crash.
  BOOST_TEST(std::filesystem::exists(folder / "s"));
  const Listener listener = listening(text);
  BOOST_TEST(bool{connect_to(listener.endpoint())});
}

BOOST_AUTO_TEST_CASE(a_live_socket_file_is_refused_and_goes_on_serving) {
  const TemporaryFolder folder;
  const std::string text = "unix:" + (folder / "s");
  const Listener live = listening(text);
  check_refusal(text, "Address already in use", "choose another path");
  BOOST_TEST(bool{connect_to(live.endpoint())});
}

BOOST_AUTO_TEST_CASE(a_live_socket_whose_queue_is_full_is_not_taken_for_stale) {
  const TemporaryFolder folder;
  const std::string text = "unix:" + (folder / "s");
  auto made = listen_at(endpoint(text), {.backlog = 0});
  BOOST_TEST_REQUIRE(std::holds_alternative<Listener>(made));
  const UniqueFd queued = connect_to(endpoint(text));
  BOOST_TEST(bool{queued});
  check_refusal(text, "Address already in use", "choose another path");
  BOOST_TEST(std::filesystem::exists(folder / "s"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_refused_and_left_alone) {
  const TemporaryFolder folder;
  std::ofstream(folder / "s") << "precious";
  check_refusal("unix:" + (folder / "s"), "Address already in use", "choose another path");
  BOOST_TEST(std::filesystem::file_size(folder / "s") == 8U);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_endpoint_trouble_and_remedy) {
  const TemporaryFolder folder;
  const Listener live = listening("127.0.0.1:0");
  const struct {
    std::string text;
    const char* trouble;
    const char* remedy;
  } rows[] = {
      {to_string(live.endpoint()), "Address already in use", "choose another port"},
      {"203.0.113.77:8080", "Cannot assign requested address", "see 'ip address'"},
      {"unix:" + (folder / "missing/s"), "No such file", "its directory does not exist"},
  };
  for (const auto& row : rows) check_refusal(row.text, row.trouble, row.remedy);
}

BOOST_AUTO_TEST_CASE(a_refused_unix_path_leaves_no_file_behind) {
  const TemporaryFolder folder;
  refusal("unix:" + (folder / "missing/s"));
  BOOST_TEST(!std::filesystem::exists(folder / "missing"));
}

BOOST_AUTO_TEST_CASE(the_longest_path_can_be_listened_at) {
  const TemporaryFolder folder;
  std::string path = folder / "s";
  path.resize(Endpoint::path_size_max, 'x');
  const Listener listener = listening("unix:" + path);
  BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(after_stop_nobody_connects_although_a_worker_holds_a_copy) {
  Listener listener = listening("127.0.0.1:0");
  const UniqueFd copy{::fcntl(listener.fd(), F_DUPFD_CLOEXEC, 0)};
  const UniqueFd waiting = connect_to(listener.endpoint());
  BOOST_TEST(soon([&] { return listener.waiting() == 1; }));
  listener.stop();
  BOOST_TEST(!connect_to(listener.endpoint()));
  BOOST_TEST(errno == ECONNREFUSED);
  BOOST_TEST(is_ended(waiting), "who waited is refused");
  listener.stop();  // Again is no harm.
}

BOOST_AUTO_TEST_CASE(after_stop_a_unix_path_is_gone_and_refuses_under_any_other_name) {
  const TemporaryFolder folder;
  Listener listener = listening("unix:" + (folder / "s"));
  UniqueFd copy{::fcntl(listener.fd(), F_DUPFD_CLOEXEC, 0)};
  std::filesystem::create_hard_link(folder / "s", folder / "other");
  const UniqueFd waiting = connect_to(listener.endpoint());
  listener.stop();
  BOOST_TEST(!std::filesystem::exists(folder / "s"));
  BOOST_TEST(!connect_to(endpoint("unix:" + (folder / "other"))));
  BOOST_TEST(errno == ECONNREFUSED);
  copy.reset();  // The last worker has gone.
  BOOST_TEST(is_ended(waiting), "who waited is refused");
}

BOOST_AUTO_TEST_CASE(a_moved_from_listener_has_nothing_to_stop) {
  const TemporaryFolder folder;
  Listener first = listening("unix:" + (folder / "s"));
  Listener second = std::move(first);
  first.stop();
  BOOST_TEST(std::filesystem::exists(folder / "s"));
  BOOST_TEST(bool{connect_to(second.endpoint())});
}

BOOST_AUTO_TEST_SUITE_END()
