// What cannot be done is refused with one message that names the thing and the remedy, with the
// documented exit status, and nothing has been started.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include <brood/unique_fd.hpp>
#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(bad_input)

namespace {

using namespace brood::test;

struct Row {
  const char* name;
  std::vector<std::string> options;
  int status;
  std::vector<std::string> says;  ///< All of it on stderr.
};

/// Somebody else who listens at a port.
struct Neighbour {
  brood::UniqueFd fd;
  std::uint16_t port = 0;

  explicit Neighbour(bool listens = true) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    if (listens) BOOST_REQUIRE(::listen(fd.get(), 1) == 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }
};

/// A port that was free a moment ago: a server that started after all would be found there.
std::uint16_t free_port() {
  return Neighbour(false).port;
}

struct TemporaryFile {
  std::string path;
  explicit TemporaryFile(const std::string& text) {
    path = std::filesystem::temp_directory_path() / "brood-XXXXXX";
    const brood::UniqueFd fd{::mkstemp(path.data())};
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

void check_refused(const Row& row, bool as_nobody = false) {
  BOOST_TEST_CONTEXT(row.name) {
    const Finished refused =
        run_to_end({.binary = BROOD_BINARY, .options = row.options, .as_nobody = as_nobody});
    BOOST_TEST(refused.status == row.status);
    BOOST_TEST(refused.out == "");
    BOOST_TEST(refused.err.starts_with("brood: "));
    BOOST_TEST(std::ranges::count(refused.err, '\n') == 1, refused.err);  // One clear message.
    for (const std::string& text : row.says)
      BOOST_TEST(refused.err.find(text) != std::string::npos,
                 "'" << text << "' is not said in: " << refused.err);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_option_that_cannot_be_is_refused_with_status_2_and_nothing_started) {
  const std::uint16_t port = free_port();
  const Row rows[] = {
      {"min-spare above max-spare",
       {"--min-spare", "7", "--max-spare", "3"},
       2,
       {"--min-spare 7", "--max-spare 3", "raise", "lower"}},
      {"the short form's too", {"7", "3", "100"}, 2, {"--min-spare 7", "--max-spare 3"}},
      {"zero workers", {"--start-workers", "0"}, 2, {"--start-workers 0", "at least 1"}},
      {"no room for a worker", {"--max-workers", "0"}, 2, {"--max-workers 0", "at least 1"}},
      {"start-workers above max-workers",
       {"--start-workers", "9", "--max-workers", "8"},
       2,
       {"--start-workers 9", "--max-workers 8"}},
      {"out of range", {"--backlog", "70000"}, 2, {"--backlog 70000", "65535"}},
      {"not a number", {"--max-requests", "many"}, 2, {"--max-requests many", "whole number"}},
      {"a negative number", {"--min-spare", "-1"}, 2, {"--min-spare", "at least 0"}},
      {"a unit missing", {"--think-time", "5"}, 2, {"--think-time 5", "needs a unit", "5s"}},
      {"an unknown unit", {"--think-time", "5y"}, 2, {"unknown unit y", "ms"}},
      {"an unknown choice", {"--policy", "lazy"}, 2, {"--policy lazy", "exponential", "demand"}},
      {"an unknown handler", {"--handler", "dmeo"}, 2, {"--handler dmeo", "demo"}},
      {"an unknown option", {"--min-spair", "5"}, 2, {"--min-spair", "did you mean --min-spare?"}},
      {"a value missing", {"--min-spare"}, 2, {"--min-spare needs a value"}},
      {"given twice", {"--min-spare", "1", "--min-spare", "2"}, 2, {"--min-spare", "twice"}},
      {"no address", {"--listen", "8080"}, 2, {"--listen 8080", "127.0.0.1:8080"}},
      {"a name for an address", {"--listen", "localhost:8080"}, 2, {"127.0.0.1"}},
      {"a file that is not there",
       {"--config", "/nowhere/brood.conf"},
       2,
       {"--config /nowhere/brood.conf", "cannot be read", "No such file"}},
      {"a folder for a file", {"--config", "/"}, 2, {"--config /", "cannot be read"}},
      {"a log file that cannot be",
       {"--log-file", "/nowhere/brood.log"},
       2,
       {"/nowhere/brood.log", "--log-file"}},
  };
  for (Row row : rows) {
    if (row.options.front() != "--listen")
      row.options.insert(row.options.begin(), {"--listen", "127.0.0.1:" + std::to_string(port)});
    row.options.insert(row.options.begin(), "serve");
    check_refused(row);
    BOOST_TEST(!Client::tcp(port).is_connected(), row.name);
  }
  BOOST_TEST(children_of(::getpid()).empty());
}

BOOST_AUTO_TEST_CASE(zero_needs_no_unit) {
  Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0"}});
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(an_error_in_a_file_is_shown_with_its_line) {
  const struct {
    const char* name;
    std::string text;
    std::string line;
    std::vector<std::string> says;
  } rows[] = {
      {"an unknown option",
       "# pool\nmin-spare = 2\n\nmax-spair = 9\n",
       "4",
       {"max-spair", "did you mean max-spare?"}},
      {"a value out of range", "start-workers = 0\n", "1", {"start-workers = 0", "at least 1"}},
      {"a unit missing",
       "verbose = on\nheader-timeout = 10\n",
       "2",
       {"header-timeout = 10", "unit"}},
      {"no setting", "min-spare = 2\nfaster please\n", "2", {"faster please", "NAME = VALUE"}},
      {"counts that do not fit",
       "max-spare = 3\nmin-spare = 7\n",
       "2",
       {"min-spare = 7", "max-spare = 3"}},
  };
  for (const auto& row : rows) {
    const TemporaryFile file(row.text);
    std::vector<std::string> says = row.says;
    says.push_back(file.path + ":" + row.line + ": ");
    check_refused({row.name, {"serve", "--config", file.path}, 2, says});
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read_is_refused) {
  const TemporaryFile file("min-spare = 2\n");
  std::filesystem::permissions(file.path, std::filesystem::perms::none);
  check_refused({"unreadable", {"serve", "--config", file.path}, 2, {file.path, "Permission"}},
                ::geteuid() == 0);
}

BOOST_AUTO_TEST_CASE(a_place_where_it_cannot_listen_is_refused_with_status_3) {
  const Neighbour neighbour;
  check_refused({"port in use",
                 {"serve", "--listen", neighbour.address()},
                 3,
                 {neighbour.address(), "Address already in use", "choose another port"}});
  check_refused({"not our address",
                 {"serve", "--listen", "192.0.2.1:8080"},
                 3,
                 {"192.0.2.1:8080", "no interface of this machine"}});
  check_refused({"no folder for the socket",
                 {"serve", "--listen", "unix:/nowhere/socket"},
                 3,
                 {"unix:/nowhere/socket", "does not exist"}});
}

BOOST_AUTO_TEST_CASE(a_port_that_needs_a_privilege_is_refused_without_it) {
  std::ifstream file("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  int first_free = 1024;
  file >> first_free;
  if (first_free <= 1) {  // As in many containers.
    BOOST_TEST_MESSAGE("skipped: every port is free for everybody here");
    return;
  }
  check_refused({"a low port",
                 {"serve", "--listen", "127.0.0.1:1"},
                 3,
                 {"127.0.0.1:1", "Permission denied", "choose a higher one"}},
                ::geteuid() == 0);
}

BOOST_AUTO_TEST_CASE(of_several_places_none_is_kept_when_one_cannot_be_had) {
  const Neighbour neighbour;
  const std::string path =
      std::filesystem::temp_directory_path() / ("brood-bad-" + std::to_string(::getpid()));
  const std::uint16_t port = free_port();
  check_refused({"the last is taken",
                 {"serve", "--listen", "unix:" + path, "--listen",
                  "127.0.0.1:" + std::to_string(port), "--listen", neighbour.address()},
                 3,
                 {neighbour.address()}});
  BOOST_TEST(!std::filesystem::exists(path));
  BOOST_TEST(!Client::tcp(port).is_connected());
}

BOOST_AUTO_TEST_CASE(a_command_that_is_none_is_refused_with_the_nearest_one) {
  check_refused({"a slip", {"serv"}, 2, {"'serv'", "'serve'", "brood --help"}});
  check_refused({"nothing like it", {"dance"}, 2, {"dance", "brood --help"}});
}

BOOST_AUTO_TEST_CASE(check_validates_and_starts_nothing) {
  const Neighbour neighbour;  // Its port is not even tried.
  const Finished checked = run_to_end(
      {.binary = BROOD_BINARY,
       .options = {"serve", "--check", "--min-spare", "3", "--listen", neighbour.address()}});
  BOOST_TEST(checked.status == 0);
  BOOST_TEST(checked.err == "");
  BOOST_TEST(checked.out.find("min-spare = 3\n") != std::string::npos);
  const Finished refused =
      run_to_end({.binary = BROOD_BINARY, .options = {"serve", "--check", "--min-spare", "30"}});
  BOOST_TEST(refused.status == 2);
}

BOOST_AUTO_TEST_SUITE_END()
