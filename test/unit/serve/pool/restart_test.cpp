#include "serve/pool/restart.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(restart)

namespace {

constexpr TimePoint start{1'000'000'000'000};

RestartMemory after_failures(unsigned count, TimePoint now = start) {
  RestartMemory memory;
  for (unsigned i = 0; i < count; ++i) memory = after_failure(memory, now);
  return memory;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_pause_doubles_with_each_failed_start_up_to_its_ceiling) {
  const struct {
    unsigned failures;
    Duration pause;
    bool open;
  } rows[] = {
      {1, 0ms, false},   {2, 50ms, false},  {3, 100ms, false},  {4, 200ms, false},
      {5, 400ms, false}, {6, 800ms, false}, {7, 1600ms, false}, {8, 2s, false},
      {9, 2s, false},    {10, 3s, true},    {11, 3s, true},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.failures << " failures");
    const RestartMemory memory = after_failures(row.failures);
    BOOST_TEST((memory.spawn_after - start).count() == row.pause.count());
    BOOST_TEST(memory.open == row.open);
  }
}

BOOST_AUTO_TEST_CASE(an_earlier_pause_is_never_cut_short) {
  const RestartMemory later = after_failures(8);
  const RestartMemory next =
      after_failure({.failed_starts = 1, .open = false, .spawn_after = later.spawn_after}, start);
  BOOST_TEST(next.spawn_after.ns == later.spawn_after.ns);
}

BOOST_AUTO_TEST_CASE(one_death_changes_nothing_for_the_next_fork) {
  BOOST_TEST(spawn_allowance(after_failures(1), 32, false, start) == 32U);
  BOOST_TEST(spawn_allowance(after_failures(1), 0, false, start) == 0U);
}

BOOST_AUTO_TEST_CASE(a_paced_pool_waits_and_then_makes_one_at_a_time) {
  const RestartMemory memory = after_failures(3);
  BOOST_TEST(spawn_allowance(memory, 32, false, start) == 0U);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 99ms) == 0U);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 100ms) == 1U);
  // What was made before is no trial: the circuit is closed.
  BOOST_TEST(spawn_allowance(memory, 32, true, start + 100ms) == 1U);
}

BOOST_AUTO_TEST_CASE(a_fork_that_is_paced_puts_off_the_next_one) {
  const struct {
    const char* name;
    unsigned failures;
    Duration pause;
  } rows[] = {
      {"nobody has failed", 0, 0ms}, {"one may fail", 1, 0ms},    {"two in a row", 2, 50ms},
      {"four in a row", 4, 200ms},   {"an open circuit", 10, 3s},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    RestartMemory before = after_failures(row.failures);
    before.spawn_after = start;
    const RestartMemory after = after_spawn(before, start + 1s);
    const Duration want = row.pause == 0ms ? 0s : 1s + row.pause;
    BOOST_TEST((after.spawn_after - start).count() == want.count());
    BOOST_TEST(after.failed_starts == before.failed_starts);
    BOOST_TEST(after.open == before.open);
  }
}

BOOST_AUTO_TEST_CASE(an_open_circuit_lets_trials_through_one_by_one) {
  RestartMemory memory = after_failures(10);
  BOOST_TEST(memory.open);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 2999ms) == 0U);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 3s) == 1U);
  BOOST_TEST(spawn_allowance(memory, 32, true, start + 3s) == 0U);
  memory = after_failure(memory, start + 3s);
  BOOST_TEST(memory.open);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 5999ms) == 0U);
  BOOST_TEST(spawn_allowance(memory, 32, false, start + 6s) == 1U);
}

BOOST_AUTO_TEST_CASE(an_early_end_counts_only_while_nobody_is_answered) {
  RestartMemory memory;
  for (int i = 0; i < 4; ++i) memory = after_early_end(memory, 7, start);
  BOOST_TEST(memory.failed_starts == 3U, "the first came after others had been answered");
  BOOST_TEST((memory.spawn_after > start));
  const RestartMemory next = after_early_end(memory, 8, start + 1s);
  BOOST_TEST(next.failed_starts == 3U, "its request has killed it, and others live");
  BOOST_TEST(next.spawn_after.ns == memory.spawn_after.ns);
  BOOST_TEST(after_early_end(next, 8, start + 1s).failed_starts == 4U);
  BOOST_TEST(after_failure(next, start + 1s).failed_starts == 4U,
             "a start that fails always counts");
}

BOOST_AUTO_TEST_CASE(one_proven_worker_forgives_all) {
  BOOST_TEST((after_proof() == RestartMemory{}));
  BOOST_TEST(spawn_allowance(after_proof(), 32, false, start) == 32U);
  const RestartMemory again = after_failure(after_proof(), start);
  BOOST_TEST(again.failed_starts == 1U);
  BOOST_TEST(!again.open);
}

BOOST_AUTO_TEST_CASE(the_count_of_failures_does_not_grow_for_ever) {
  RestartMemory memory;
  for (int i = 0; i < 1000; ++i) memory = after_failure(memory, start);
  BOOST_TEST(memory.failed_starts == failed_starts_max);
  BOOST_TEST((memory.spawn_after - start).count() == Duration{trial_interval}.count());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_made_is_tried_again_when_it_may_be) {
  BOOST_TEST((retry_pause({}, start) == 10ms));
  BOOST_TEST((retry_pause({.spawn_after = start + 3s}, start) == 3s));
  BOOST_TEST((retry_pause({.spawn_after = start + 3s}, start + 4s) == 10ms));
}

BOOST_AUTO_TEST_SUITE_END()
