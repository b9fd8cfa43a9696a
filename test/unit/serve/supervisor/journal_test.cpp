#include "serve/supervisor/journal.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "unit/os/temporary_folder.hpp"

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(journal)

namespace {

using namespace brood;
namespace json = boost::json;

constexpr TimePoint begin{1'000'000'000};

/// A journal and the file that it writes into.
struct Told {
  explicit Told(bool verbose) : journal(*log, verbose) {}

  std::vector<json::object> lines() const {
    std::vector<json::object> all;
    std::ifstream file(folder / "log");
    for (std::string line; std::getline(file, line);) all.push_back(json::parse(line).as_object());
    return all;
  }
  std::size_t pictures() const {
    std::size_t count = 0;
    for (const json::object& line : lines()) count += line.at("event") == "picture" ? 1 : 0;
    return count;
  }

  test::TemporaryFolder folder;
  std::unique_ptr<Log> log = std::move(*Log::open({.json = true, .path = folder / "log"}));
  Journal journal;
};

std::uint64_t number(const json::object& line, std::string_view field) {
  const json::value* const value = line.if_contains(field);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

Path path_of(const json::object& line) {
  return {.acknowledged = number(line, "acknowledged"),
          .became_idle = number(line, "became_idle"),
          .became_busy = number(line, "became_busy"),
          .exits_from_init = number(line, "exits_from_init"),
          .exits_from_idle = number(line, "exits_from_idle"),
          .exits_from_busy = number(line, "exits_from_busy"),
          .connections = number(line, "connections")};
}

Census census_of(const json::object& line) {
  Census census;
  census.starting = static_cast<std::uint32_t>(number(line, "starting"));
  census.idle = static_cast<std::uint32_t>(number(line, "idle"));
  census.busy = static_cast<std::uint32_t>(number(line, "busy"));
  census.exiting = static_cast<std::uint32_t>(number(line, "exiting"));
  return census;
}

/// Follows the log as a reader would; each line has to show what the lines so far add up to.
Census replay(const std::vector<json::object>& lines) {
  Census census;
  for (const json::object& line : lines) {
    BOOST_TEST_INFO_SCOPE(json::serialize(line));
    const json::string& event = line.at("event").as_string();
    if (event == "worker_started") ++census.starting;
    if (event == "picture") census.apply(path_of(line));
    if (event == "worker_ended")
      for (const WorkerState state : all_worker_states)
        if (line.at("state").as_string() == to_string(state)) --census[state];
    BOOST_TEST((census_of(line) == census));
    BOOST_TEST(number(line, "total") == census.total());
  }
  return census;
}

Death death_in(WorkerState state, Cause cause = Cause::exited) {
  Death death;
  death.state = state;
  death.cause = cause;
  return death;
}

/// A pool whose workers do what they may, told to a journal.
class Play {
 public:
  Play(Told& told, std::uint64_t seed) : journal_(told.journal), random_(seed) {}

  void step() {
    now_ = now_ + Duration{random_.below(6'000'000)};
    const std::uint32_t choice = random_.below(12);
    if (workers_.empty() || choice == 0) return bear();
    if (choice == 1) return journal_.acted("spawn", 1, "below_min", "why", "ok", 5us, now_);
    if (choice == 2) return kill(random_.below(static_cast<std::uint32_t>(workers_.size())));
    if (choice <= 4) return journal_.show(now_);
    move(workers_[random_.below(static_cast<std::uint32_t>(workers_.size()))]);
  }

  /// Everything shown.
  Census finish() {
    journal_.show_now(now_);
    Census census;
    for (const WorkerSnapshot& worker : workers_) ++census[worker.state];
    return census;
  }

 private:
  void bear() {
    workers_.push_back({WorkerState::init, 0});
    journal_.born({.slot = 1, .pid = 2, .fork_took = 3us}, now_);
  }
  void kill(std::uint32_t which) {
    journal_.died(death_in(workers_[which].state), now_);
    workers_.erase(workers_.begin() + which);
  }
  void move(WorkerSnapshot& worker) {
    const WorkerSnapshot to{all_worker_states[random_.below(4)],
                            worker.connections + random_.below(4)};
    const auto path = path_between(worker, to);
    if (!path) return;
    worker = to;
    journal_.changed(*path);
  }

  Journal& journal_;
  SplitMix random_;
  TimePoint now_ = begin;
  std::vector<WorkerSnapshot> workers_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_picture_shows_what_changed_and_the_census_after_it) {
  Told told(true);
  told.journal.born({.slot = 3, .pid = 77, .fork_took = 250us}, begin);
  told.journal.changed({.acknowledged = 1, .became_idle = 5, .became_busy = 4, .connections = 7});
  BOOST_TEST(told.journal.has_pending());
  told.journal.show(begin + 1s);
  BOOST_TEST(!told.journal.has_pending());
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0].at("event") == "worker_started");
  BOOST_TEST(number(lines[0], "slot") == 3U);
  BOOST_TEST(number(lines[0], "pid") == 77U);
  BOOST_TEST(lines[0].at("state") == "INIT");
  BOOST_TEST(number(lines[0], "fork_us") == 250U);
  BOOST_TEST(lines[1].at("event") == "picture");
  BOOST_TEST(number(lines[1], "connections") == 7U);
  BOOST_TEST(number(lines[1], "became_idle") == 5U);
  BOOST_TEST(number(lines[1], "became_busy") == 4U);
  BOOST_TEST(number(lines[1], "idle") == 1U);
  BOOST_TEST(number(lines[1], "total") == 1U);
  BOOST_TEST(!lines[1].contains("exits_from_init"), "rare steps are not named when there are none");
}

BOOST_AUTO_TEST_CASE(an_end_is_a_warning_just_where_it_is_a_failure) {
  Told told(true);
  for (int count = 0; count < 2; ++count) told.journal.born({.slot = 0, .pid = 7}, begin);
  told.journal.died({.slot = 0,
                     .pid = 7,
                     .state = WorkerState::init,
                     .cause = Cause::crashed,
                     .text = "crashed (SIGSEGV)",
                     .age = 1500ms,
                     .counts = {4, 3, 2},
                     .open = 1},
                    begin);
  told.journal.died(death_in(WorkerState::init, Cause::recycled), begin);
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 4U);
  const json::object& crash = lines[2];
  BOOST_TEST(crash.at("level") == "warn");
  BOOST_TEST(crash.at("event") == "worker_ended");
  BOOST_TEST(crash.at("cause") == "crashed");
  BOOST_TEST(crash.at("reason") == "crashed (SIGSEGV)");
  BOOST_TEST(number(crash, "age_ms") == 1500U);
  BOOST_TEST(number(crash, "connections") == 4U);
  BOOST_TEST(number(crash, "open") == 1U);
  BOOST_TEST(number(crash, "entries") == 3U);
  BOOST_TEST(number(crash, "errors") == 2U);
  BOOST_TEST(number(crash, "total") == 1U);
  BOOST_TEST(lines[3].at("level") == "info");
}

BOOST_AUTO_TEST_CASE(bytes_of_clients_in_a_death_are_escaped_once) {
  Told told(true);
  told.journal.born({.slot = 0, .pid = 7}, begin);
  Death death = death_in(WorkerState::init, Cause::crashed);
  death.text = "crashed (SIGSEGV: GET /\r\n\x1b\\ \xff HTTP/1.1)";
  told.journal.died(death, begin);
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[1].at("reason") == "crashed (SIGSEGV: GET /\\x0d\\x0a\\x1b\\\\ \\xff HTTP/1.1)");
}

BOOST_AUTO_TEST_CASE(an_act_shows_what_is_pending_before_it) {
  Told told(true);
  told.journal.born({.slot = 0, .pid = 7}, begin);
  told.journal.changed({.acknowledged = 1, .became_idle = 1});
  told.journal.acted("drain", 1, "above_max", "idle 1 above max-spare 0", "slot 0 told", 7ms,
                     begin);
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[1].at("event") == "picture");
  BOOST_TEST(lines[2].at("event") == "regulate");
  BOOST_TEST(lines[2].at("action") == "drain");
  BOOST_TEST(lines[2].at("reason") == "above_max");
  BOOST_TEST(lines[2].at("outcome") == "slot 0 told");
  BOOST_TEST(number(lines[2], "count") == 1U);
  BOOST_TEST(number(lines[2], "idle") == 1U);
  BOOST_TEST(number(lines[2], "age_us") == 7000U);
}

BOOST_AUTO_TEST_CASE(the_log_replays_into_the_pool_that_each_line_shows) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    Told told(true);
    Play play(told, seed);
    for (int count = 0; count < 300; ++count) play.step();
    const Census truth = play.finish();
    BOOST_TEST((replay(told.lines()) == truth));
    BOOST_TEST(told.pictures() > 20U);
  }
}

BOOST_AUTO_TEST_CASE(pictures_come_at_most_every_10_ms_and_lose_nothing) {
  Told told(true);
  told.journal.born({.slot = 0, .pid = 7}, begin);
  told.journal.changed({.acknowledged = 1, .became_idle = 1});
  std::vector<TimePoint> shown;
  constexpr int looks = 200;
  for (int look = 1; look <= looks; ++look) {
    const TimePoint now = begin + look * 1'700us;
    told.journal.changed({.became_idle = 1, .became_busy = 1, .connections = 1});
    told.journal.show(now);
    if (!told.journal.has_pending()) shown.push_back(now);
  }
  for (std::size_t at = 1; at < shown.size(); ++at) BOOST_TEST((shown[at] - shown[at - 1] >= 10ms));
  BOOST_TEST(shown.size() > 25U);
  BOOST_TEST(told.pictures() == shown.size());
  told.journal.show_now(begin + 1h);
  std::uint64_t connections = 0;
  for (const json::object& line : told.lines()) connections += number(line, "connections");
  BOOST_TEST(connections == looks);
}

BOOST_AUTO_TEST_CASE(no_picture_is_shown_when_nothing_changed) {
  Told told(true);
  for (int look = 1; look <= 100; ++look) told.journal.show(begin + look * 1s);
  told.journal.show_now(begin + 1h);
  BOOST_TEST(told.lines().empty());
}

BOOST_AUTO_TEST_CASE(without_verbose_failures_are_told_with_true_censuses) {
  Told told(false);
  told.journal.born({.slot = 0, .pid = 7}, begin);
  told.journal.changed({.acknowledged = 1, .became_idle = 1});
  told.journal.show(begin + 1s);
  BOOST_TEST(!told.journal.has_pending());
  told.journal.born({.slot = 1, .pid = 8}, begin + 1s);
  told.journal.changed({.became_busy = 1});
  told.journal.died(death_in(WorkerState::busy), begin + 2s);
  told.journal.born({.slot = 0, .pid = 8}, begin + 2s);
  told.journal.died(death_in(WorkerState::init, Cause::drained), begin + 3s);
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].at("event").as_string() == "worker_ended");
  BOOST_TEST((census_of(lines[0]) == Census{.starting = 1}));
}

BOOST_AUTO_TEST_CASE(without_verbose_a_line_a_minute_sums_up_the_rest) {
  Told told(false);
  told.journal.born({.slot = 0, .pid = 7}, begin);
  told.journal.tick(begin + 1s);
  for (int second = 2; second < 60; ++second) {
    told.journal.born({.slot = 1, .pid = 8}, begin + second * 1s);
    told.journal.changed({.acknowledged = 1, .became_idle = 1, .became_busy = 1, .connections = 3});
    told.journal.acted("spawn", 1, "below_min", "why", "ok", 5us, begin + second * 1s);
    told.journal.changed({.exits_from_busy = 1});
    told.journal.died(death_in(WorkerState::exit, Cause::recycled), begin + second * 1s);
    told.journal.tick(begin + second * 1s);
  }
  BOOST_TEST(told.lines().size() == 1U);
  told.journal.tick(begin + 61s);
  told.journal.tick(begin + 122s);  // Nothing has happened since.
  const auto lines = told.lines();
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(number(lines[0], "started") == 1U);
  BOOST_TEST(number(lines[1], "started") == 58U);
  BOOST_TEST(number(lines[1], "ended") == 58U);
  BOOST_TEST(number(lines[1], "connections") == 174U);
  BOOST_TEST(number(lines[1], "total_most") == 2U);
  BOOST_TEST((census_of(lines[1]) == Census{.starting = 1}));
}

BOOST_AUTO_TEST_CASE(without_verbose_a_bound_is_told_at_once_and_once_a_minute) {
  Told told(false);
  for (int second = 0; second <= 60; second += 2)
    told.journal.acted("none", 0, "at_ceiling", "why", "ok", 5us, begin + second * 1s);
  BOOST_TEST(told.lines().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
