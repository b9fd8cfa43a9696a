#include "lab/compare/plan.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

using namespace brood;
using namespace std::chrono_literals;

namespace {

Contender contender(std::string name, std::vector<Entrants> groups) {
  return {.name = std::move(name), .groups = std::move(groups), .words = {}};
}

/// As many servers as there are models, with their unlimited forms and two peers.
CompareSettings everything(bool is_quick) {
  CompareSettings settings;
  for (const Workload& workload : workloads()) settings.workloads.push_back(&workload);
  using enum Entrants;
  settings.contenders = {contender("prefork", {models, bounds, pools}),
                         contender("prefork-epoll", {models}),
                         contender("process", {models, bounds}),
                         contender("process-unlimited", {bounds}),
                         contender("thread", {models, bounds}),
                         contender("thread-unlimited", {bounds}),
                         contender("thread-pool", {models}),
                         contender("evented", {models}),
                         contender("gunicorn-sync", {peers}),
                         contender("gunicorn-gthread", {peers})};
  for (std::size_t n = 8; n < 10; ++n) settings.contenders[n].is_program = true;
  settings.is_quick = is_quick;
  if (is_quick) {
    settings.rounds = 2;
    settings.duration = 200ms;
    settings.timeout = 500ms;
  }
  return settings;
}

Duration expected_in_all(const CompareSettings& settings) {
  Duration sum{0};
  for (const Cell& cell : plan_cells(settings)) sum += expected_duration(cell, settings);
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compare_plan)

BOOST_AUTO_TEST_CASE(a_quick_run_takes_less_than_a_minute_and_a_full_one_less_than_fifteen) {
  BOOST_TEST((expected_in_all(everything(true)) < 55s));
  BOOST_TEST((expected_in_all(everything(false)) < 14min));
}

BOOST_AUTO_TEST_CASE(no_cell_is_planned_twice) {
  const CompareSettings settings = everything(true);
  std::set<std::tuple<std::string_view, std::uint32_t, std::uint32_t, std::uint32_t>> seen;
  for (const Cell& cell : plan_cells(settings))
    BOOST_TEST(seen.insert({cell.workload->name, cell.contender, cell.level, cell.round}).second);
}

BOOST_AUTO_TEST_CASE(rounds_begin_with_another_server_each_time) {
  CompareSettings settings = everything(true);
  settings.workloads = {find_workload("kept")};
  settings.rounds = 3;
  const auto cells = plan_cells(settings);
  BOOST_REQUIRE(cells.size() == 18U);
  BOOST_TEST(cells[0].contender == 0U);
  BOOST_TEST(cells[6].contender == 1U);
  BOOST_TEST(cells[12].contender == 2U);
  BOOST_TEST(cells[12].round == 2U);
}

BOOST_AUTO_TEST_CASE(only_those_take_part_whom_a_workload_is_for) {
  CompareSettings settings = everything(true);
  const struct {
    const char* workload;
    std::size_t servers;
  } rows[] = {{"kept", 6}, {"crowd", 5}, {"ballast", 1}, {"interpreter", 2}};
  for (const auto& row : rows) {
    settings.workloads = {find_workload(row.workload)};
    std::set<std::uint32_t> servers;
    for (const Cell& cell : plan_cells(settings)) servers.insert(cell.contender);
    BOOST_TEST(servers.size() == row.servers, row.workload);
  }
}

BOOST_AUTO_TEST_CASE(a_given_rate_and_number_of_connections_replace_the_levels) {
  CompareSettings settings = everything(true);
  settings.rate = 77;
  settings.connections = 5;
  for (const Cell& cell : plan_cells(settings)) {
    if (cell.workload->level == LevelKind::rate) BOOST_TEST(cell.level == 77U);
    if (cell.workload->level == LevelKind::idle_clients) BOOST_TEST(cell.level == 5U);
  }
  BOOST_TEST(descriptors_needed(settings) >= 512U);
}

BOOST_AUTO_TEST_CASE(descriptors_are_counted_for_the_largest_cell) {
  CompareSettings settings = everything(true);
  settings.connections = 50'000;
  BOOST_TEST(descriptors_needed(settings) > 50'000U);
  BOOST_TEST(descriptors_needed(settings) < 51'000U);
}

BOOST_AUTO_TEST_CASE(a_description_tells_runs_apart) {
  const CompareSettings one = everything(true);
  CompareSettings other = one;
  other.seed = 2;
  BOOST_TEST(describe(one) == describe(everything(true)));
  BOOST_TEST(describe(one) != describe(other));
  BOOST_TEST(describe(one) != describe(everything(false)));
}

BOOST_AUTO_TEST_SUITE_END()
