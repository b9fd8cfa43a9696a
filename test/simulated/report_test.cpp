// docs/simulated is what the balancer's own rules do: written anew, it comes out the same.

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "lab/commands/simulate.hpp"

using namespace brood;

namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "brood-simulated-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

/// The first line in which they differ.
std::string first_difference(const std::string& want, const std::string& got) {
  std::istringstream wanted(want), found(got);
  std::string a, b;
  do {
    a = b = "(the end)";
    std::getline(wanted, a);
    std::getline(found, b);
  } while (a == b && wanted && found);
  return "\n  checked in: " + a + "\n  now:        " + b;
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__

// Under sanitizers all scenarios take minutes: one is walked through, in which every part has its
// say, and the release compares them all.
BOOST_AUTO_TEST_CASE(a_scenario_of_the_report_comes_out_as_it_is_checked_in) {
  const TemporaryFolder folder;
  const std::string drawing = (folder.path() / "restart.svg").string();
  std::ostringstream out, err;
  const std::vector<std::string> args{"balance", "--scenario", "restart", "--svg", drawing};
  BOOST_REQUIRE_EQUAL(run_simulate(args, out, err), 0);
  const auto want = files_of(fs::path(BROOD_SOURCE_DIR) / "docs/simulated");
  const std::string got = files_of(folder.path()).at("restart.svg");
  BOOST_TEST((got == want.at("restart.svg")), first_difference(want.at("restart.svg"), got));
}

#else

BOOST_AUTO_TEST_CASE(the_report_that_is_checked_in_is_what_the_rules_do) {
  const TemporaryFolder folder;
  std::ostringstream out, err;
  const std::vector<std::string> args{"balance", "--report", folder.path().string()};
  BOOST_REQUIRE_EQUAL(run_simulate(args, out, err), 0);
  BOOST_TEST(err.str() == "");
  const auto want = files_of(fs::path(BROOD_SOURCE_DIR) / "docs/simulated");
  const auto got = files_of(folder.path());
  BOOST_TEST_INFO_SCOPE("if it is meant: brood simulate balance --report docs/simulated");
  for (const auto& [name, text] : got) {
    BOOST_TEST(want.contains(name), name);
    if (want.contains(name) && want.at(name) != text)
      BOOST_ERROR(name << " differs: " << first_difference(want.at(name), text));
  }
  for (const auto& [name, text] : want) BOOST_TEST(got.contains(name), name);
}

#endif
