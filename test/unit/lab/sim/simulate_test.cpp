#include "lab/commands/simulate.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(simulate_command)

namespace {

using Args = std::vector<std::string>;

struct Outcome {
  int status;
  std::string out, err;
};

Outcome simulate(const Args& args) {
  std::ostringstream out, err;
  const int status = run_simulate(args, out, err);
  return {status, out.str(), err.str()};
}

/// A directory of this test alone, gone with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "brood-simulate-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string written(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

/// The cells of that column of the rows' table.
std::vector<std::string> column(const std::string& out, const std::string& name) {
  std::istringstream in(out.substr(out.find("time ")));
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> heading = words(line);
  const auto index = std::ranges::find(heading, name) - heading.begin();
  std::vector<std::string> cells;
  while (std::getline(in, line) && !line.empty())
    cells.push_back(words(line).at(static_cast<std::size_t>(index)));
  return cells;
}

/// The value of that line of the summary.
std::string figure(const std::string& out, const std::string& name) {
  return words(out.substr(out.find('\n' + name) + 1 + name.size())).at(0);
}

/// With its long lines in one piece: what goes on is indented by two blanks, rows by more or none.
std::string unfolded(std::string text) {
  const std::size_t tables = text.find("\n\n");
  for (std::size_t at = text.find("\n  "); at < tables; at = text.find("\n  ", at))
    text.replace(at, 3, " ");
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_same_arguments_give_the_same_bytes_in_all_outputs) {
  const TemporaryDirectory directory;
  for (const char* const shape : {"steady", "burst", "sine", "on-off"}) {
    BOOST_TEST_INFO_SCOPE(shape);
    const auto run = [&](const char* suffix) {
      const auto outcome = simulate({"--trace", shape, "--service-time", "exp:300ms", "--seed=9",
                                     "--max-requests", "20", "--max-requests-jitter", "9", "--svg",
                                     directory / suffix, "--csv", (directory / suffix) + ".csv"});
      BOOST_TEST(outcome.status == 0);
      BOOST_TEST(outcome.err == "");
      return outcome.out + read(directory / suffix) + read((directory / suffix) + ".csv");
    };
    const std::string first = run("a");
    BOOST_TEST(contains(first, "<svg"));
    BOOST_TEST(
        contains(first, "time_s,arrivals,waiting,idle,busy,total,spawned,drained,reason\r\n"));
    BOOST_TEST((first == run("b")));
  }
}

BOOST_AUTO_TEST_CASE(another_seed_gives_another_run) {
  const auto table = [](const char* seed) {
    const std::string out = simulate({"--trace=steady", "--rate=20", "--seed", seed}).out;
    return out.substr(out.find("time "));  // Without the line that names the seed.
  };
  BOOST_TEST(table("1") != table("2"));
  BOOST_TEST(table("1") == table("1"));
}

BOOST_AUTO_TEST_CASE(the_output_names_what_was_run) {
  const std::string folded = simulate({"--rate", "2.5", "--trace", "sine", "--period", "7s"}).out;
  std::istringstream lines(folded);
  for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 80U, line);
  const std::string out = unfolded(folded);
  BOOST_TEST(contains(out,
                      "policy exponential, trace sine, rate 2.5, period 7s, duration 30s, "
                      "service 1s, seed 1\n"));
  BOOST_TEST(contains(out, "workers 5 at the start, 5 to 10 spare, 256 at most"));
}

BOOST_AUTO_TEST_CASE(the_ladder_can_be_read_off_the_table) {
  const std::string out = simulate({"--period", "1s", "--duration", "7s"}).out;
  const std::vector<std::string> spawned = column(out, "spawned");
  const std::vector<std::string> want{"1", "2", "4", "8", "16", "32", "32"};
  BOOST_TEST(spawned == want, boost::test_tools::per_element());
  BOOST_TEST(column(out, "reason").front() == "below_min");
}

BOOST_AUTO_TEST_CASE(demand_serves_the_burst_in_the_second_second) {
  const std::string out = simulate({"--policy", "demand", "--duration", "2s"}).out;
  BOOST_TEST(figure(out, "served") == "100");
  BOOST_TEST(figure(out, "over-spawn") == "5");
}

BOOST_AUTO_TEST_CASE(a_long_run_has_sixty_rows_at_most_unless_more_are_asked_for) {
  const struct {
    Args args;
    std::size_t rows;
  } rows[] = {
      {{"--duration=30s"}, 30},
      {{"--duration=60s"}, 60},
      {{"--duration=61s"}, 30},
      {{"--duration=1h"}, 60},
      {{"--duration=24h", "--rate=1"}, 48},
      {{"--duration=100s", "--every=1s"}, 100},
      {{"--duration=100s", "--every=30s"}, 3},
  };
  const auto others = line_count(unfolded(simulate({"--duration=10s"}).out)) - 10;
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.args.back());
    BOOST_TEST(line_count(unfolded(simulate(row.args).out)) - others == row.rows);
  }
}

BOOST_AUTO_TEST_CASE(help_goes_to_stdout_and_names_every_option) {
  const Outcome outcome = simulate({"--rate", "nonsense", "--help"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  for (const char* const name :
       {"--policy exponential|demand", "--trace", "--rate", "--period", "--duration",
        "--service-time", "--start-delay", "--fork-cost", "--start-workers", "--min-spare",
        "--max-spare", "--max-workers", "--max-requests N", "--max-requests-jitter", "--seed",
        "--svg", "--csv", "--every"})
    BOOST_TEST(contains(outcome.out, name), name);
  BOOST_TEST(line_count(outcome.out) <= 60U);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_named_with_its_remedy_and_exit_status_2) {
  const struct {
    Args args;
    const char* want;
  } rows[] = {
      {{"--polcy", "demand"}, "unknown option --polcy: did you mean --policy?"},
      {{"--sed=3"}, "unknown option --sed: did you mean --seed?"},
      {{"--zzzzzz"}, "unknown option --zzzzzz: see brood simulate --help"},
      {{"5", "10"}, "unexpected argument 5: options begin with --"},
      {{"-x"}, "unknown option -x: see brood simulate --help"},
      {{"--rate"}, "--rate needs a value"},
      {{"--rate", "--seed", "1"}, "--rate needs a value"},
      {{"--rate="}, "--rate needs a value"},
      {{"--seed", "1", "--seed", "2"}, "--seed 2: given twice, first as --seed 1: keep one"},
      {{"--policy", "linear"}, "--policy linear: allowed: exponential, demand"},
      {{"--trace", "bursts"},
       "--trace bursts: did you mean burst? allowed: steady, burst, sine, on-off, or a file whose "
       "name ends in .csv"},
      {{"--trace", "load.txt"},
       "--trace load.txt: allowed: steady, burst, sine, on-off, or a file whose name ends in .csv"},
      {{"--rate", "fast"},
       "--rate fast: write requests a second, a decimal number from 0.001 to 1000000"},
      {{"--rate", "0"},
       "--rate 0: write requests a second, a decimal number from 0.001 to 1000000"},
      {{"--rate", "1e3"},
       "--rate 1e3: write requests a second, a decimal number from 0.001 to 1000000"},
      {{"--rate", "nan"},
       "--rate nan: write requests a second, a decimal number from 0.001 to 1000000"},
      {{"--duration", "30"},
       "--duration 30: a duration needs a unit, as in 5s or 250ms; 0 needs none"},
      {{"--duration", "10ms"}, "--duration 10ms: must be at least 1s and at most 24h"},
      {{"--period", "0"}, "--period 0: must be at least 10ms and at most 24h"},
      {{"--service-time", "expo:1s"},
       "--service-time expo:1s: not a duration: write a whole number and a unit, one of h, m, s, "
       "ms, us, ns"},
      {{"--start-delay", "2h"}, "--start-delay 2h: must be at least 0 and at most 1h"},
      {{"--fork-cost", "0"}, "--fork-cost 0: must be at least 1us and at most 1s"},
      {{"--every", "1500ms"},
       "--every 1500ms: must be whole seconds: the regulator ticks once a second"},
      {{"--seed", "-1"}, "--seed -1: must be at least 0 and at most 4294967295"},
      {{"--min-spare", "x"},
       "--min-spare x: not a whole number: must be at least 0 and at most 65535"},
      {{"--min-spare", "8", "--max-spare", "7"},
       "--min-spare 8 is above --max-spare 7: raise --max-spare or lower --min-spare"},
      {{"--max-spare", "300"},
       "--max-spare 300 is above the default --max-workers 256: raise --max-workers or lower "
       "--max-spare"},
      {{"--rate", "1000000", "--duration", "11s", "--trace", "steady"},
       "the load is more than 10000000 requests: lower --rate or --duration"},
      {{"--rate", "0.4", "--trace", "burst"},
       "no request arrives within --duration 30s: raise --rate or --duration"},
      {{"--trace", "/nonexistent/load.csv"},
       "--trace /nonexistent/load.csv: cannot be read: No such file or directory"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = simulate(row.args);
    BOOST_TEST(outcome.err == std::string("brood: ") + row.want + '\n');
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_arrivals_is_a_trace) {
  const TemporaryDirectory directory;
  const std::string path = written(directory / "load.csv", "time,service\n0.5\n12.25,3\n");
  const Outcome outcome = simulate({"--trace", path, "--service-time", "250ms"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  // 10 s after its last arrival, in whole seconds.
  BOOST_TEST(contains(unfolded(outcome.out), ", duration 23s, "), outcome.out);
  BOOST_TEST(figure(outcome.out, "arrivals") == "2");
  BOOST_TEST(figure(outcome.out, "served") == "2");
  const Outcome cut = simulate({"--trace", path, "--duration", "5s"});
  BOOST_TEST(figure(cut.out, "arrivals") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_file_is_told_with_its_line) {
  const TemporaryDirectory directory;
  const std::string bad = written(directory / "bad.csv", "0.5\n\nsoon\n");
  BOOST_TEST(simulate({"--trace", bad}).err ==
             "brood: " + bad +
                 ":3: 'soon' is not an arrival time in seconds: write a decimal number from 0 to "
                 "86400, as in 0.25\n");
  BOOST_TEST(simulate({"--trace", bad}).status == 2);
  const std::string empty = written(directory / "empty.csv", "time\n");
  BOOST_TEST(simulate({"--trace", empty}).err ==
             "brood: --trace " + empty +
                 ": no arrival in it: write one a line, in seconds, as in 0.25\n");
  BOOST_TEST(simulate({"--trace", empty}).status == 2);
  const std::string late = written(directory / "late.csv", "7\n");
  BOOST_TEST(simulate({"--trace", late, "--duration", "7s"}).err ==
             "brood: --trace " + late + ": no arrival within --duration 7s: raise it\n");
  std::filesystem::create_directory(directory / "folder.csv");
  BOOST_TEST(contains(simulate({"--trace", directory / "folder.csv"}).err,
                      "cannot be read: Is a directory"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_exit_status_1_after_the_table) {
  const TemporaryDirectory directory;
  const std::string path = directory / "missing/plot";
  for (const char* const option : {"--svg", "--csv"}) {
    const Outcome outcome = simulate({option, path});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.err == "brood: " + std::string(option) + ' ' + path +
                                  ": cannot be written: No such file or directory: choose another "
                                  "path\n");
    BOOST_TEST(contains(outcome.out, "worker-seconds"));
  }
  BOOST_TEST(contains(simulate({"--csv", "/dev/full"}).err, "No space left on device"));
}

BOOST_AUTO_TEST_SUITE_END()
