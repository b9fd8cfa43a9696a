#include "serve/pool/roll.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "base/random.hpp"

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(roll)

namespace {

using namespace brood;
using What = Roll::Step::What;

constexpr TimePoint start{1'000'000'000};
const PoolLimits limits{.start_workers = 3, .min_spare = 2, .max_spare = 30, .max_workers = 40};

/// A pool whose workers do at once as they are told, unless the test has other ideas.
class Theatre {
 public:
  explicit Theatre(std::uint32_t old_workers, const PoolLimits& with = limits)
      : limits_(with), pool(slots_with_roll(with)) {
    for (std::uint32_t slot = 0; slot < old_workers; ++slot) {
      born(slot, 1);
      show(slot, WorkerState::idle);
    }
  }

  void born(std::uint32_t slot, std::uint32_t generation) {
    pool.born(slot, next_pid_++, now);
    pool[slot].acknowledged = true;
    pool[slot].generation = generation;
    now = now + 1ms;
  }
  void show(std::uint32_t slot, WorkerState state) {
    const std::uint32_t open = state == WorkerState::busy ? 1 : 0;
    BOOST_REQUIRE(pool.observe(slot, {state, pool[slot].seen.connections + open, open}, now));
  }
  void end(std::uint32_t slot) {
    pool[slot].reaped_at = pool[slot].channel_ended = now;
    pool.release(slot, 0);
  }
  Roll::Step next() { return roll.next(pool, limits_, now); }
  /// Carries a step out, but for what the worker then does.
  Roll::Step take() {
    const Roll::Step step = next();
    if (step.what == What::start) {
      born(step.slot, roll.generation());
      roll.started(step.slot);
    }
    if (step.what == What::leave) pool.tell_to_leave(step.slot, Intent::drain_roll, now);
    return step;
  }
  std::uint32_t count(std::uint32_t generation) const {
    std::uint32_t found = 0;
    for (std::uint32_t slot = 0; slot < pool.used(); ++slot)
      if (pool[slot].stays() && pool[slot].generation == generation) ++found;
    return found;
  }

 private:
  PoolLimits limits_;
  int next_pid_ = 100;

 public:
  TimePoint now = start;
  Pool pool;
  Roll roll{2};
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_newcomer_is_idle_before_the_newest_old_one_is_told) {
  Theatre theatre(3);
  BOOST_TEST((theatre.take() == Roll::Step{.what = What::start, .slot = 3}));
  BOOST_TEST((theatre.take().what == What::wait));
  BOOST_TEST(!theatre.roll.is_proven());
  theatre.show(3, WorkerState::idle);
  BOOST_TEST((theatre.take() == Roll::Step{.what = What::leave, .slot = 2}));
  BOOST_TEST(theatre.roll.is_proven());
  BOOST_TEST((theatre.take().what == What::wait), "one at a time");
  theatre.show(2, WorkerState::exit);
  BOOST_TEST((theatre.take() == Roll::Step{.what = What::start, .slot = 4}));
  theatre.show(4, WorkerState::idle);
  BOOST_TEST((theatre.take() == Roll::Step{.what = What::leave, .slot = 1}));
}

BOOST_AUTO_TEST_CASE(it_is_over_when_nobody_of_another_generation_stays) {
  Theatre theatre(1);
  theatre.take();
  theatre.show(1, WorkerState::idle);
  BOOST_TEST((theatre.take().what == What::leave));
  BOOST_TEST((theatre.take().what == What::over), "whoever finishes holds nobody up");
}

BOOST_AUTO_TEST_CASE(an_empty_pool_has_one_newcomer_that_proves_the_generation) {
  Theatre theatre(0);
  BOOST_TEST((theatre.take().what == What::start));
  BOOST_TEST((theatre.take().what == What::wait));
  theatre.show(0, WorkerState::idle);
  BOOST_TEST((theatre.take().what == What::over));
}

BOOST_AUTO_TEST_CASE(a_tenth_at_once) {
  Theatre theatre(30);
  for (int made = 0; made < 3; ++made) BOOST_TEST((theatre.take().what == What::start));
  BOOST_TEST((theatre.take().what == What::wait));
  for (const auto& [total, width] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {0, 1}, {1, 1}, {10, 1}, {19, 1}, {20, 2}, {256, 25}})
    BOOST_TEST(roll_width(total) == width);
}

BOOST_AUTO_TEST_CASE(one_that_ignores_its_order_is_waited_for_and_then_the_roll_goes_on) {
  Theatre theatre(3);
  theatre.take();
  theatre.show(3, WorkerState::idle);
  BOOST_TEST((theatre.take().what == What::leave));
  BOOST_TEST((theatre.take().what == What::wait));
  theatre.now = theatre.now + leave_patience;
  BOOST_TEST((theatre.take().what == What::start));
}

BOOST_AUTO_TEST_CASE(one_that_shows_that_it_only_finishes_is_not_waited_for) {
  Theatre theatre(3);
  theatre.take();
  theatre.show(3, WorkerState::idle);
  theatre.show(2, WorkerState::busy);
  BOOST_TEST((theatre.take() == Roll::Step{.what = What::leave, .slot = 2}));
  BOOST_TEST((theatre.take().what == What::wait));
  theatre.pool.takes_no_more(2, theatre.now);
  BOOST_TEST((theatre.take().what == What::start));
}

BOOST_AUTO_TEST_CASE(a_newcomer_that_ends_before_it_is_idle_ends_the_roll) {
  Theatre theatre(3);
  theatre.take();
  BOOST_TEST(theatre.roll.fails_by(theatre.pool[3]));
  BOOST_TEST(!theatre.roll.fails_by(theatre.pool[0]), "not one of the old generation");
  theatre.pool.tell_to_leave(3, Intent::drain_roll, theatre.now);
  BOOST_TEST(!theatre.roll.fails_by(theatre.pool[3]), "nor one that was told to leave");
}

BOOST_AUTO_TEST_CASE(those_beyond_the_new_limits_go_without_a_newcomer) {
  const PoolLimits small{.start_workers = 1, .min_spare = 1, .max_spare = 2, .max_workers = 2};
  Theatre theatre(10, limits);
  theatre.roll = Roll(2);
  std::uint32_t started = 0;
  for (int turn = 0; turn < 100; ++turn) {
    const Roll::Step step = theatre.roll.next(theatre.pool, small, theatre.now);
    if (step.what == What::over) break;
    if (step.what == What::start) {
      theatre.born(step.slot, 2);
      theatre.roll.started(step.slot);
      theatre.show(step.slot, WorkerState::idle);
      ++started;
    } else if (step.what == What::leave) {
      theatre.pool.tell_to_leave(step.slot, Intent::drain_roll, theatre.now);
      theatre.show(step.slot, WorkerState::exit);
      theatre.end(step.slot);
    }
  }
  BOOST_TEST(theatre.count(1) == 0U);
  BOOST_TEST(started >= 1U);
  BOOST_TEST(started <= 3U);
}

BOOST_AUTO_TEST_CASE(the_oldest_generation_is_outdated_when_more_than_that_live) {
  Theatre theatre(1);
  theatre.born(1, 2);
  theatre.born(2, 3);
  BOOST_TEST(!outdated_generation(theatre.pool, 3, 2));
  theatre.born(3, 4);
  BOOST_TEST((outdated_generation(theatre.pool, 4, 2) == 1U));
  BOOST_TEST((outdated_generation(theatre.pool, 4, 1) == 1U));
  theatre.pool.intend(0, Intent::kill_outdated);
  BOOST_TEST((outdated_generation(theatre.pool, 4, 1) == 2U));
  BOOST_TEST(!outdated_generation(theatre.pool, 4, 3));
}

/// Whatever workers do, no spare goes that no newcomer has brought, and it comes to an end.
BOOST_AUTO_TEST_CASE(spares_are_never_fewer_and_the_end_is_reached) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    SplitMix random{seed};
    Theatre theatre(1 + static_cast<std::uint32_t>(random.next() % 30));
    std::uint32_t brought = 0;
    std::uint32_t told = 0;
    bool is_over = false;
    for (int turn = 0; turn < 20'000 && !is_over; ++turn) {
      theatre.now = theatre.now + 1ms;
      const Roll::Step step = theatre.take();
      is_over = step.what == What::over;
      if (step.what == What::leave) ++told;
      BOOST_REQUIRE(told <= brought);
      const auto slot = static_cast<std::uint32_t>(random.next() % theatre.pool.used());
      const Slot& worker = theatre.pool[slot];
      if (!worker.occupied()) continue;
      const bool is_told = worker.intent == Intent::drain_roll;
      switch (worker.seen.state) {
        case WorkerState::init:
          ++brought;
          theatre.show(slot, WorkerState::idle);
          break;
        case WorkerState::idle:
          theatre.show(slot, is_told ? WorkerState::exit : WorkerState::busy);
          break;
        case WorkerState::busy:
          theatre.show(slot, is_told ? WorkerState::exit : WorkerState::idle);
          break;
        case WorkerState::exit: theatre.end(slot); break;
      }
    }
    BOOST_REQUIRE(is_over);
    BOOST_REQUIRE(theatre.count(1) == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
