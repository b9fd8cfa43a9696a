#include "serve/pool/regulator.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <vector>

using namespace std::chrono_literals;

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, const Decision& decision) {
  return out << "{spawn " << decision.spawn << ", drain " << decision.drain << ", "
             << to_string(decision.reason) << ", step " << decision.memory.step << ", at_ceiling "
             << decision.memory.at_ceiling << (decision.cut ? ", cut" : "") << '}';
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(regulator)

namespace {

using namespace brood;

struct Row {
  const char* name;
  PoolView view;  // idle, starting, total, leaving, waiting, spawn_allowance
  RegulatorMemory memory;
  Moment moment;
  Decision want;  // spawn, drain, reason, memory for the next call
};

template <std::size_t n>
void check_rows(const PoolLimits& limits, const Row (&rows)[n]) {
  for (const Row& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(regulate(row.view, limits, row.memory, row.moment) == row.want);
  }
}

constexpr PoolLimits band(Policy policy) {
  return {.start_workers = 5, .min_spare = 3, .max_spare = 6, .max_workers = 40, .policy = policy};
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_ladder_doubles_to_32_a_second_and_then_stays_there) {
  const PoolLimits limits{.min_spare = 5, .max_spare = 10, .max_workers = 256};
  RegulatorMemory memory;
  std::vector<std::uint32_t> spawned;
  for (std::uint32_t total = 5; spawned.size() < 8;) {
    const Decision decision = regulate({.total = total}, limits, memory, Moment::tick);
    BOOST_TEST((decision.reason == Reason::below_min));
    memory = decision.memory;
    spawned.push_back(decision.spawn);
    total += decision.spawn;
  }
  const std::vector<std::uint32_t> want{1, 2, 4, 8, 16, 32, 32, 32};
  BOOST_TEST(spawned == want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(exponential_follows_its_rules) {
  const Row rows[] = {
      {"empty of spares, first step",
       {0, 0, 8, 0},
       {1},
       Moment::tick,
       {1, 0, Reason::below_min, {2}}},
      {"one spare short is short", {2, 0, 8, 0}, {1}, Moment::tick, {1, 0, Reason::below_min, {2}}},
      {"the step is spent whatever is missing",
       {2, 0, 8, 0},
       {16},
       Moment::tick,
       {16, 0, Reason::below_min, {32}}},
      {"enough are starting, the step is kept",
       {1, 2, 8, 0},
       {4},
       Moment::tick,
       {0, 0, Reason::awaiting_idle, {4}}},
      {"too few are starting", {1, 1, 8, 0}, {4}, Moment::tick, {4, 0, Reason::below_min, {8}}},
      {"exactly min-spare: the step falls back",
       {3, 0, 8, 0},
       {16},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"exactly max-spare", {6, 0, 8, 0}, {16}, Moment::tick, {0, 0, Reason::in_band, {1}}},
      {"one above max-spare: one goes, the step falls back",
       {7, 0, 8, 0},
       {16},
       Moment::tick,
       {0, 1, Reason::above_max, {1}}},
      {"many above max-spare: still one a tick",
       {30, 0, 40, 0},
       {1},
       Moment::tick,
       {0, 1, Reason::above_max, {1}}},
      {"starting workers are not drained for",
       {6, 9, 20, 0},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"room for less than the step, which then stays",
       {0, 0, 38, 0},
       {8},
       Moment::tick,
       {2, 0, Reason::below_min, {8}}},
      {"at the ceiling, the step falls back",
       {0, 0, 40, 0},
       {8},
       Moment::tick,
       {0, 0, Reason::at_ceiling, {1, true}}},
      {"those who leave fill the ceiling until they are gone",
       {0, 0, 40, 5},
       {8},
       Moment::tick,
       {0, 0, Reason::at_ceiling, {1, true}}},
      {"still at the ceiling",
       {0, 0, 40, 0},
       {1, true},
       Moment::tick,
       {0, 0, Reason::at_ceiling, {1, true}}},
      {"off the ceiling, still short",
       {0, 0, 39, 0},
       {1, true},
       Moment::tick,
       {1, 0, Reason::below_min, {2}}},
      {"held back: nothing, from the bottom again",
       {0, 0, 8, 0, 0, 0},
       {8},
       Moment::tick,
       {0, 0, Reason::held_back, {1}}},
      {"a trial only: the ladder does not climb",
       {0, 0, 8, 0, 0, 1},
       {4},
       Moment::tick,
       {1, 0, Reason::below_min, {4}}},
      {"what waits is none of its inputs",
       {3, 0, 8, 0, 99},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"between ticks it does nothing: short",
       {0, 0, 8, 0, 99},
       {4, true},
       Moment::look,
       {0, 0, Reason::in_band, {4, true}}},
      {"between ticks it does nothing: above",
       {9, 0, 9, 0},
       {4},
       Moment::look,
       {0, 0, Reason::in_band, {4}}},
  };
  check_rows(band(Policy::exponential), rows);
}

BOOST_AUTO_TEST_CASE(demand_makes_as_many_workers_as_have_places_for_those_who_wait) {
  PoolLimits limits = band(Policy::demand);
  limits.connections_per_worker = 100;
  const struct {
    const char* name;
    std::uint32_t waiting, spawn;
  } rows[] = {{"nobody", 0, 3},
              {"one", 1, 4},
              {"one worker's worth", 100, 4},
              {"one more", 101, 5},
              {"as many as there can be", 0xffffffff, 32}};
  for (const auto& row : rows) {
    const Decision decision =
        regulate({.total = 8, .waiting = row.waiting}, limits, {}, Moment::look);
    BOOST_TEST(decision.spawn == row.spawn, row.name);
    BOOST_TEST((decision.reason == Reason::running_dry), row.name);
  }
}

BOOST_AUTO_TEST_CASE(demand_follows_its_rules) {
  const Row rows[] = {
      {"dry: all who wait and min-spare, at once",
       {0, 0, 8, 0, 7},
       {1},
       Moment::look,
       {10, 0, Reason::running_dry, {1}}},
      {"dry, nobody waits yet",
       {0, 0, 8, 0, 0},
       {1},
       Moment::look,
       {3, 0, Reason::running_dry, {1}}},
      {"dry at a tick is as dry",
       {0, 0, 8, 0, 7},
       {1},
       Moment::tick,
       {10, 0, Reason::running_dry, {1}}},
      {"those who start are counted off",
       {0, 4, 12, 0, 7},
       {1},
       Moment::look,
       {6, 0, Reason::running_dry, {1}}},
      {"enough are starting",
       {0, 10, 18, 0, 7},
       {1},
       Moment::look,
       {0, 0, Reason::awaiting_idle, {1}}},
      {"no more than the machine bears",
       {0, 0, 8, 0, 7, 4},
       {1},
       Moment::look,
       {4, 0, Reason::running_dry, {1}}},
      {"no more than fit", {0, 0, 38, 0, 7}, {1}, Moment::look, {2, 0, Reason::running_dry, {1}}},
      {"at the ceiling",
       {0, 0, 40, 0, 7},
       {1},
       Moment::look,
       {0, 0, Reason::at_ceiling, {1, true}}},
      {"held back", {0, 0, 8, 0, 7, 0}, {1}, Moment::look, {0, 0, Reason::held_back, {1}}},
      {"short but not dry waits for the tick",
       {1, 0, 8, 0},
       {1},
       Moment::look,
       {0, 0, Reason::in_band, {1}}},
      {"short at the tick: what is missing",
       {1, 0, 8, 0},
       {1},
       Moment::tick,
       {2, 0, Reason::below_min, {1}}},
      {"short at the tick, enough start",
       {1, 2, 8, 0},
       {1},
       Moment::tick,
       {0, 0, Reason::awaiting_idle, {1}}},
      {"in the band, off the ceiling",
       {3, 0, 8, 0},
       {1, true},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"above max-spare at the tick: one goes",
       {7, 0, 12, 0},
       {1},
       Moment::tick,
       {0, 1, Reason::above_max, {1}}},
      {"above max-spare waits for the tick",
       {7, 0, 12, 0},
       {1},
       Moment::look,
       {0, 0, Reason::in_band, {1}}},
  };
  check_rows(band(Policy::demand), rows);
}

BOOST_AUTO_TEST_CASE(demand_without_spares_to_keep_spawns_for_those_who_wait_only) {
  const PoolLimits limits{.start_workers = 1,
                          .min_spare = 0,
                          .max_spare = 2,
                          .max_workers = 40,
                          .policy = Policy::demand};
  const Row rows[] = {
      {"nobody waits", {0, 0, 1, 0, 0}, {1}, Moment::look, {0, 0, Reason::in_band, {1}}},
      {"nobody waits at the tick",
       {0, 0, 1, 0, 0},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"two wait", {0, 0, 1, 0, 2}, {1}, Moment::look, {2, 0, Reason::running_dry, {1}}},
      {"two wait, two start",
       {0, 2, 3, 0, 2},
       {1},
       Moment::look,
       {0, 0, Reason::awaiting_idle, {1}}},
  };
  check_rows(limits, rows);
}

BOOST_AUTO_TEST_CASE(a_static_pool_is_mended_and_never_resized) {
  for (const Policy policy : {Policy::exponential, Policy::demand}) {
    const PoolLimits limits{
        .start_workers = 5, .min_spare = 5, .max_spare = 5, .max_workers = 20, .policy = policy};
    const Row rows[] = {
        {"all idle", {5, 0, 5, 0}, {1}, Moment::tick, {0, 0, Reason::in_band, {1}}},
        {"all busy, many wait", {0, 0, 5, 0, 90}, {1}, Moment::tick, {0, 0, Reason::in_band, {1}}},
        {"two are missing", {0, 0, 3, 0}, {1}, Moment::tick, {2, 0, Reason::static_pool, {1}}},
        {"mended between ticks too",
         {0, 0, 3, 0},
         {1},
         Moment::look,
         {2, 0, Reason::static_pool, {1}}},
        {"who leaves keeps the place until it is gone",
         {0, 0, 5, 1},
         {1},
         Moment::tick,
         {0, 0, Reason::in_band, {1}}},
        {"held back", {0, 0, 3, 0, 0, 0}, {1}, Moment::look, {0, 0, Reason::held_back, {1}}},
        {"one at a time when paced",
         {0, 0, 3, 0, 0, 1},
         {1},
         Moment::look,
         {1, 0, Reason::static_pool, {1}}},
        {"one too many goes by its own end, not by a drain",
         {6, 0, 6, 0},
         {1},
         Moment::tick,
         {0, 0, Reason::in_band, {1}}},
    };
    BOOST_TEST_INFO_SCOPE(to_string(policy));
    check_rows(limits, rows);
  }
}

BOOST_AUTO_TEST_CASE(one_worker_is_always_kept) {
  const PoolLimits limits{.start_workers = 1, .min_spare = 0, .max_spare = 0, .max_workers = 4};
  const Row rows[] = {
      {"nobody at all", {0, 0, 0, 0}, {1}, Moment::tick, {1, 0, Reason::last_worker, {1}}},
      {"between ticks as well", {0, 0, 0, 0}, {1}, Moment::look, {1, 0, Reason::last_worker, {1}}},
      {"all leave", {0, 0, 2, 2}, {1}, Moment::look, {1, 0, Reason::last_worker, {1}}},
      {"all leave and fill the ceiling",
       {0, 0, 4, 4},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"held back", {0, 0, 0, 0, 0, 0}, {1}, Moment::look, {0, 0, Reason::in_band, {1}}},
      {"the last is not drained though it is above max-spare",
       {1, 0, 1, 0},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
      {"nor when all others leave", {1, 0, 3, 2}, {1}, Moment::tick, {0, 0, Reason::in_band, {1}}},
      {"the last but one is", {2, 0, 2, 0}, {1}, Moment::tick, {0, 1, Reason::above_max, {1}}},
  };
  check_rows(limits, rows);
}

BOOST_AUTO_TEST_CASE(a_worker_that_ends_is_replaced_unless_there_are_enough_without_it) {
  const PoolLimits adaptive = band(Policy::exponential);
  const PoolLimits fixed{.start_workers = 5, .min_spare = 5, .max_spare = 5, .max_workers = 9};
  const RegulatorMemory memory{.step = 8};
  const struct {
    const char* name;
    PoolLimits limits;
    PoolView view;
    Reason reason;
    Decision want;
  } rows[] = {
      {"recycled", adaptive, {3, 0, 8, 0}, Reason::recycled, {1, 0, Reason::recycled, {8}}},
      {"lost", adaptive, {3, 0, 8, 0}, Reason::replaced, {1, 0, Reason::replaced, {8}}},
      {"exactly max-spare",
       adaptive,
       {6, 0, 8, 0},
       Reason::recycled,
       {1, 0, Reason::recycled, {8}}},
      {"above max-spare",
       adaptive,
       {7, 0, 8, 0},
       Reason::recycled,
       {0, 0, Reason::not_needed, {8}}},
      {"held back", adaptive, {3, 0, 8, 0, 0, 0}, Reason::replaced, {0, 0, Reason::held_back, {8}}},
      {"no room", adaptive, {3, 0, 40, 0}, Reason::recycled, {0, 0, Reason::at_ceiling, {8, true}}},
      {"static: all are idle",
       fixed,
       {4, 0, 4, 0},
       Reason::recycled,
       {1, 0, Reason::recycled, {8}}},
      {"static: somebody else has filled the place",
       fixed,
       {4, 1, 5, 0},
       Reason::recycled,
       {0, 0, Reason::not_needed, {8}}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(replace(row.view, row.limits, memory, row.reason) == row.want);
  }
}

BOOST_AUTO_TEST_CASE(a_look_may_spend_half_of_its_time_on_forks_and_always_one) {
  const struct {
    const char* name;
    Duration fork_cost;
    std::uint32_t want;
  } rows[] = {
      {"unknown cost", 0ns, 1},
      {"a slow fork", 20ms, 1},
      {"as long as the interval", 10ms, 1},
      {"two would fill the half", 2500us, 2},
      {"a usual fork", 500us, 10},
      {"no more than the ladder's top", 1us, spawn_step_max},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(fork_allowance(row.fork_cost, 10ms) == row.want);
  }
}

BOOST_AUTO_TEST_SUITE_END()
