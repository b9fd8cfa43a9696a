// `brood compare` measures what it was asked, keeps what it has when it dies, and refuses what
// cannot be before the long run begins.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <brood/unique_fd.hpp>
#include "support/proc.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(compare)

namespace {

using namespace brood::test;

/// A folder of one's own for the life of the object.
struct Folder {
  std::string root = (std::filesystem::temp_directory_path() / "brood-compare-XXXXXX").string();
  std::string path;  ///< It, or a folder beneath it.
  Folder() {
    BOOST_REQUIRE(::mkdtemp(root.data()) != nullptr);
    path = root;
  }
  ~Folder() { std::filesystem::remove_all(root); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A small comparison that takes a second or two, unless each measurement has more time.
std::vector<std::string> small(const Folder& folder, std::vector<std::string> more = {},
                               const std::string& duration = "50ms") {
  std::vector<std::string> words{"compare", "--quick",   "--models",   "prefork,prefork-epoll",
                                 "--out",   folder.path, "--duration", duration,
                                 "--peers", "none",      "--workers",  "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Finished run_small(const Folder& folder, std::vector<std::string> more = {},
                   const std::string& duration = "50ms") {
  return run_to_end({.binary = BROOD_BINARY, .options = small(folder, std::move(more), duration)});
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream rest(text);
  for (std::string line; std::getline(rest, line);) lines.push_back(line);
  return lines;
}

std::ptrdiff_t lines_of(const Folder& folder) {
  return std::ranges::count(contents(folder.path + "/journal.txt"), '\n');
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_server_is_measured_and_every_report_is_written) {
  Folder folder;
  folder.path += "/of/its/own";  // It is made.
  // Time enough for an answer, however slowly a server starts.
  const Finished done = run_small(
      folder,
      {"--workloads", "kept,close,sleep,mixed,slow,idle", "--connections", "20", "--rounds", "1"},
      "500ms");
  BOOST_TEST(done.status == 0, done.err);
  BOOST_TEST(done.out.starts_with("which model for which load\n  kept ("));
  for (const std::string& line : lines_in(done.out)) BOOST_TEST(line.size() <= 80U, line);
  const auto json = boost::json::parse(contents(folder.path + "/results.json")).as_object();
  BOOST_TEST(json.at("results").as_array().size() == 12U);
  for (const auto& result : json.at("results").as_array()) {
    // Four workers' worth of idle or slow clients leave no worker for the others, in prefork.
    const auto& workload = result.at("workload").as_string();
    if (workload == "idle" || workload == "slow") continue;
    BOOST_TEST(result.at("throughput").at("median").as_double() > 0, result);
    BOOST_TEST(result.at("cpu_us").at("median").as_double() > 0, result);
    BOOST_TEST(result.at("switches").at("median").as_double() > 0, result);
    BOOST_TEST(result.at("memory_mib").at("median").as_double() > 0, result);
  }
  BOOST_TEST(contents(folder.path + "/results.csv").find("kept,0,prefork,0,") != std::string::npos);
  BOOST_TEST(contents(folder.path + "/report.html").ends_with("</html>\n"));
}

BOOST_AUTO_TEST_CASE(a_run_that_dies_keeps_what_it_has_and_is_gone_on_with) {
  const Folder folder;
  const std::vector<std::string> more{"--workloads", "kept,close,cpu,sleep", "--rounds", "3"};
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::vector<std::string> words = small(folder, more);
    std::vector<char*> argv{const_cast<char*>(BROOD_BINARY)};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(BROOD_BINARY, argv.data());
    ::_exit(127);
  }
  BOOST_REQUIRE(eventually([&] { return lines_of(folder) >= 4; }));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  const std::ptrdiff_t kept = lines_of(folder) - 1;
  BOOST_TEST(kept < 24);

  const Finished refused = run_small(folder, more);
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(refused.err.find("--resume") != std::string::npos, refused.err);
  std::vector<std::string> again = more;
  again.emplace_back("--resume");
  again.insert(again.end(), {"--seed", "2"});
  const Finished other = run_small(folder, again);
  BOOST_TEST(other.status == 2);
  BOOST_TEST(other.err.find("holds another run") != std::string::npos, other.err);
  const Finished done = run_to_end(
      {.binary = BROOD_BINARY, .options = {"compare", "--resume", "--out", folder.path}});
  BOOST_TEST(done.status == 0, done.err);
  BOOST_TEST(lines_of(folder) == 25);
  BOOST_TEST(done.err.find('[' + std::to_string(kept + 1) + "/24]") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_before_the_long_run) {
  const brood::UniqueFd neighbour{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_REQUIRE(::bind(neighbour.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  BOOST_REQUIRE(::listen(neighbour.get(), 1) == 0);
  ::getsockname(neighbour.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::string taken = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  const Folder folder;
  const std::string file = folder.path + "/file";
  std::ofstream(file) << "x";
  const struct {
    const char* name;
    std::vector<std::string> options;
    int status;
    std::string says;
  } rows[] = {
      {"a model", {"--models", "prefrok"}, 2, "did you mean prefork?"},
      {"a workload", {"--workloads", "kept,sleeep"}, 2, "did you mean sleep?"},
      {"a peer", {"--peers", "iis"}, 2, "gunicorn-sync"},
      {"a policy", {"--policy", "random"}, 2, "exponential"},
      {"a rate of nothing", {"--rate", "0"}, 2, "at least 1"},
      {"a rate beyond all", {"--rate", "99999999999"}, 2, "at most 1000000"},
      {"a rate that is none", {"--rate", "fast"}, 2, "not a whole number"},
      {"an option", {"--quik"}, 2, "--quick"},
      {"a port in use", {"--listen", taken}, 3, taken},
      {"a path to listen at", {"--listen", "unix:/tmp/x"}, 2, "127.0.0.1:8080"},
      {"a folder that is a file", {"--out", file}, 1, "choose another folder"},
      {"nothing to resume", {"--resume", "--out", folder.path}, 2, "leave --resume out"},
      {"nobody for a workload", {"--workloads", "interpreter", "--peers", "none"}, 2, "nothing"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> options{"compare"};
    options.insert(options.end(), row.options.begin(), row.options.end());
    const Finished refused = run_to_end({.binary = BROOD_BINARY, .options = options});
    BOOST_TEST_CONTEXT(row.name << ": " << refused.err) {
      BOOST_TEST(refused.status == row.status);
      BOOST_TEST(refused.out == "");
      BOOST_TEST(refused.err.starts_with("brood: "));
      BOOST_TEST(refused.err.find(row.says) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(too_few_descriptors_are_told_with_their_number) {
  const Folder folder;
  const Finished refused =
      run_to_end({.binary = BROOD_BINARY,
                  .options = small(folder, {"--workloads", "idle", "--connections", "5000"}),
                  .limits = {{RLIMIT_NOFILE, 1000}}});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.err.find("need 513") != std::string::npos, refused.err);
  BOOST_TEST(refused.err.find("lower --connections") != std::string::npos, refused.err);
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_not_installed_is_skipped_with_a_warning) {
  const Folder folder;
  std::vector<std::string> options = small(folder, {"--workloads", "kept,interpreter"});
  std::erase(options, "--peers");
  std::erase(options, "none");
  const Finished done = run_to_end(
      {.binary = BROOD_BINARY, .options = options, .environment = {"PATH=/nonexistent"}});
  BOOST_TEST(done.status == 0, done.err);
  BOOST_TEST(done.err.find("gunicorn-sync is skipped") != std::string::npos, done.err);
  BOOST_TEST(done.out.find("not measured (gunicorn was not there)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
