#include "lab/commands/simulate_balance.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "lab/commands/simulate.hpp"
#include "lab/sim/balance_scenarios.hpp"
#include "unit/os/temporary_folder.hpp"

using namespace brood;

namespace {

struct Ended {
  int status;
  std::string out, err;
};

Ended run(const std::vector<std::string>& args) {
  std::ostringstream out, err;
  const int status = run_simulate_balance(args, out, err);
  return {status, out.str(), err.str()};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulate_balance)

BOOST_AUTO_TEST_CASE(a_scenario_with_one_strategy_is_a_table_of_its_runs) {
  const Ended once = run({"--scenario", "growing-pool", "--strategy=two-choices", "--seed", "7"});
  BOOST_TEST(once.status == 0);
  BOOST_TEST(has(once.out, "seed 7"));
  BOOST_TEST(has(once.out, "growing-pool: A pool that grows"));
  BOOST_TEST(has(once.out, "two-choices"));
  BOOST_TEST(!has(once.out, "least-"));
  std::ostringstream out, err;
  const std::vector<std::string> args{"balance",  "--scenario", "growing-pool",
                                      "--seed=7", "--strategy", "two-choices"};
  BOOST_TEST(run_simulate(args, out, err) == 0);
  BOOST_TEST(out.str() == once.out);
}

BOOST_AUTO_TEST_CASE(help_names_every_scenario) {
  const Ended help = run({"--scenario", "nonsense", "--help"});
  BOOST_TEST(help.status == 0);
  for (const BalanceScenario& scenario : balance_scenarios())
    BOOST_TEST(has(help.out, scenario.name), scenario.name);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_in_one_line_with_the_remedy) {
  const struct {
    const char* name;
    std::vector<std::string> args;
    const char* part;
  } rows[] = {
      {"unknown option",
       {"--scenaro", "tail"},
       "unknown option --scenaro: did you mean --scenario?"},
      {"far from any", {"--xyzzy"}, "unknown option --xyzzy: see brood simulate balance --help"},
      {"no option", {"tail"}, "unexpected argument tail: options begin with --"},
      {"no value", {"--seed"}, "--seed needs a value"},
      {"near a scenario", {"--scenario", "sinkhol"}, "--scenario sinkhol: did you mean sinkhole?"},
      {"no scenario", {"--scenario", "xyzzy"}, "there is no such scenario: --help lists them"},
      {"no strategy", {"--strategy", "fastest"}, "must be one of round-robin, random,"},
      {"bad seed", {"--seed", "-1"}, "--seed -1: "},
      {"no path", {"--svg="}, "--svg needs a value"},
      {"one drawing", {"--svg", "a.svg"}, "--svg draws one scenario: name it with --scenario"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const Ended ended = run(row.args);
    BOOST_TEST(ended.status == 2);
    BOOST_TEST(ended.out == "");
    BOOST_TEST(has(ended.err, row.part), ended.err);
    BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  }
}

BOOST_AUTO_TEST_CASE(the_folder_of_a_report_is_made) {
  const test::TemporaryFolder folder;
  const Ended ended = run({"--scenario", "growing-pool", "--report", folder / "of/its/own"});
  BOOST_TEST(ended.status == 0, ended.err);
  for (const char* const file : {"balance.md", "growing-pool.svg"})
    BOOST_TEST(std::filesystem::exists(folder / "of/its/own/" + file), file);
}

BOOST_AUTO_TEST_CASE(tables_fit_a_terminal_and_name_the_best_of_each_group) {
  for (const char* const scenario : {"growing-pool", "restart"}) {
    const Ended ended = run({"--scenario", scenario});
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 80U, line);
    BOOST_TEST(has(ended.out, " *"), ended.out);
  }
}

BOOST_AUTO_TEST_CASE(a_drawing_has_no_marks_of_markdown) {
  const test::TemporaryFolder folder;
  const Ended ended = run({"--scenario", "probe-budget", "--svg", folder / "a.svg"});
  BOOST_TEST(ended.status == 0, ended.err);
  std::ostringstream svg;
  svg << std::ifstream(folder / "a.svg").rdbuf();
  BOOST_TEST(has(svg.str(), "As tail"));
  BOOST_TEST(!has(svg.str(), "`"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_named) {
  for (const char* const option : {"--svg", "--report"}) {
    const Ended ended = run({"--scenario", "growing-pool", option, "/dev/null/x"});
    BOOST_TEST(ended.status == 1);
    BOOST_TEST(has(ended.err, std::string(option) + " /dev/null/x"), ended.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
