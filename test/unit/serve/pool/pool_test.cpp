#include "serve/pool/pool.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "base/random.hpp"
#include "serve/pool/ending.hpp"

BOOST_AUTO_TEST_SUITE(pool)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using State = WorkerState;

constexpr TimePoint at(std::int64_t ms) {
  return {ms * 1'000'000};
}

int pid_of(std::uint32_t slot) {
  return 1000 + static_cast<int>(slot);
}

/// Born and acknowledged, as the supervisor does it.
void bring_up(Pool& pool, std::uint32_t slot, TimePoint now = at(1)) {
  pool.born(slot, pid_of(slot), now);
  pool[slot].acknowledged = true;
}

/// A worker that shows this at once.
void show(Pool& pool, std::uint32_t slot, const WorkerSnapshot& seen, TimePoint now = at(1)) {
  bring_up(pool, slot, now);
  BOOST_TEST_REQUIRE(pool.observe(slot, seen, now).has_value());
}

void end(Pool& pool, std::uint32_t slot, std::uint64_t errors = 0) {
  pool[slot].reaped_at = pool[slot].channel_ended = at(9);
  pool.release(slot, errors);
}

/// The census as one counts it slot by slot.
Census counted(const Pool& pool) {
  Census census;
  for (std::uint32_t slot = 0; slot < pool.size(); ++slot)
    if (pool[slot].occupied()) ++census[pool[slot].seen.state];
  return census;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_lowest_empty_slot_is_free) {
  Pool pool(3);
  BOOST_TEST(pool.size() == 3U);
  BOOST_TEST(pool.used() == 0U);
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    BOOST_TEST((pool.free_slot() == slot));
    bring_up(pool, slot);
  }
  BOOST_TEST(!pool.free_slot().has_value());
  end(pool, 1);
  BOOST_TEST((pool.free_slot() == 1U));
  end(pool, 0);
  BOOST_TEST((pool.free_slot() == 0U));
  BOOST_TEST(pool.used() == 3U);
}

BOOST_AUTO_TEST_CASE(a_worker_is_born_in_init) {
  Pool pool(2);
  pool.born(1, 77, at(5));
  const Slot& slot = pool[1];
  BOOST_TEST(slot.occupied());
  BOOST_TEST(slot.pid == 77);
  BOOST_TEST((slot.seen == WorkerSnapshot{State::init, 0}));
  BOOST_TEST((slot.born == at(5)));
  BOOST_TEST(!slot.acknowledged);
  BOOST_TEST(!slot.proven);
  BOOST_TEST((slot.intent == Intent::none));
  BOOST_TEST(!pool[0].occupied());
  BOOST_TEST((pool.census() == Census{.starting = 1}));
}

BOOST_AUTO_TEST_CASE(a_worker_not_acknowledged_shows_nothing_but_init_or_exit) {
  const struct {
    const char* name;
    WorkerSnapshot seen;
    bool accepted;
  } rows[] = {
      {"INIT", {State::init, 0}, true},
      {"EXIT", {State::exit, 0}, true},
      {"IDLE", {State::idle, 0}, false},
      {"BUSY", {State::busy, 1, 1}, false},
      {"IDLE after one", {State::idle, 1}, false},
      {"EXIT after one, which it cannot have served", {State::exit, 1}, false},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Pool pool(1);
    pool.born(0, 77, at(1));
    BOOST_TEST(pool.observe(0, row.seen, at(2)).has_value() == row.accepted);
    BOOST_TEST((pool[0].seen == (row.accepted ? row.seen : WorkerSnapshot{State::init, 0})));
    BOOST_TEST((pool.census() == counted(pool)));
  }
}

BOOST_AUTO_TEST_CASE(a_sighting_moves_the_worker_and_the_census) {
  Pool pool(1);
  bring_up(pool, 0);
  BOOST_TEST(pool.observe(0, {State::init, 0}, at(2))->empty());
  BOOST_TEST(
      (pool.observe(0, {State::idle, 0}, at(3)) == Path{.acknowledged = 1, .became_idle = 1}));
  BOOST_TEST((pool.census() == Census{.idle = 1}));
  BOOST_TEST(
      (pool.observe(0, {State::busy, 1, 1}, at(4)) == Path{.became_busy = 1, .connections = 1}));
  BOOST_TEST((pool.census() == Census{.busy = 1}));
  BOOST_TEST((pool.observe(0, {State::exit, 1}, at(5)) == Path{.exits_from_busy = 1}));
  BOOST_TEST((pool.census() == Census{.exiting = 1}));
  BOOST_TEST(pool.census().total() == 1U);
}

BOOST_AUTO_TEST_CASE(a_refused_sighting_leaves_the_picture_as_it_was) {
  Pool pool(1);
  show(pool, 0, {State::idle, 5}, at(3));
  for (const WorkerSnapshot& wrong :
       {WorkerSnapshot{State::idle, 4}, WorkerSnapshot{State::init, 5},
        WorkerSnapshot{WorkerState{0}, 5}, WorkerSnapshot{WorkerState{9}, 6},
        WorkerSnapshot{State::busy, 6}, WorkerSnapshot{State::idle, 6, 1}}) {
    BOOST_TEST(!pool.observe(0, wrong, at(8)).has_value());
    BOOST_TEST((pool[0].seen == WorkerSnapshot{State::idle, 5}));
    BOOST_TEST((pool[0].idle_since == at(3)));
    BOOST_TEST((pool.census() == Census{.idle = 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_worker_is_proven_once_a_connection_is_done) {
  const struct {
    const char* name;
    WorkerSnapshot first, then;
    bool proven;
  } rows[] = {
      {"only acknowledged", {State::init, 0}, {State::idle, 0}, false},
      {"has one in hand", {State::init, 0}, {State::busy, 1, 1}, false},
      {"left while IDLE", {State::idle, 0}, {State::exit, 0}, false},
      {"left before it was acknowledged", {State::init, 0}, {State::exit, 0}, false},
      {"done", {State::busy, 1, 1}, {State::idle, 1}, true},
      {"done unseen", {State::init, 0}, {State::idle, 1}, true},
      {"done, the next in hand", {State::busy, 1, 1}, {State::busy, 2, 1}, true},
      {"done and left", {State::busy, 1, 1}, {State::exit, 1}, true},
  };
  for (const auto& row : rows) {
    Pool pool(1);
    show(pool, 0, row.first);
    BOOST_TEST_REQUIRE(pool.observe(0, row.then, at(2)).has_value());
    BOOST_TEST(pool[0].proven == row.proven, row.name);
  }
}

BOOST_AUTO_TEST_CASE(the_later_intent_wins_but_the_first_kill_stands) {
  constexpr Intent kills[] = {Intent::kill_hung, Intent::kill_stop, Intent::kill_protocol,
                              Intent::kill_mute, Intent::kill_finishing};
  constexpr Intent milder[] = {Intent::drain_stop, Intent::drain_spare, Intent::ask_hung,
                               Intent::none};
  for (const Intent kill : kills) {
    Pool pool(1);
    bring_up(pool, 0);
    for (const Intent intent : milder) {
      pool.intend(0, intent);
      BOOST_TEST((pool[0].intent == intent));
    }
    pool.intend(0, kill);
    BOOST_TEST((pool[0].intent == kill));
    for (const Intent intent : milder) pool.intend(0, intent);
    for (const Intent intent : kills) pool.intend(0, intent);
    BOOST_TEST((pool[0].intent == kill));
  }
}

BOOST_AUTO_TEST_CASE(an_end_teaches_something_unless_the_worker_was_proven_or_somebody_wanted_it) {
  constexpr auto none = Lesson::none, early = Lesson::early_end, failed = Lesson::failed_start;
  const struct {
    const char* name;
    WorkerSnapshot seen;
    bool proven;
    Intent intent;
    Cause cause;
    Lesson want;
  } rows[] = {
      {"crashed in INIT", {State::init, 0}, false, Intent::none, Cause::crashed, failed},
      {"exited in INIT", {State::init, 0}, false, Intent::none, Cause::exited, failed},
      {"killed in INIT", {State::init, 0}, false, Intent::none, Cause::killed, failed},
      {"a SIGTERM in INIT", {State::exit, 0}, false, Intent::none, Cause::terminated, failed},
      {"stayed in INIT", {State::init, 0}, false, Intent::kill_mute, Cause::protocol, failed},
      {"stopped in INIT", {State::init, 0}, false, Intent::drain_stop, Cause::stopped, none},
      {"crashed while IDLE", {State::idle, 0}, false, Intent::none, Cause::crashed, early},
      {"crashed at once", {State::busy, 1, 1}, false, Intent::none, Cause::crashed, early},
      {"crashed when proven", {State::busy, 2, 1}, true, Intent::none, Cause::crashed, none},
      {"broke the protocol",
       {State::idle, 0},
       false,
       Intent::kill_protocol,
       Cause::protocol,
       early},
      {"hung at once", {State::busy, 1, 1}, false, Intent::kill_hung, Cause::hung, early},
      {"killed while IDLE", {State::idle, 0}, false, Intent::none, Cause::killed, none},
      {"killed at once", {State::busy, 1, 1}, false, Intent::none, Cause::killed, none},
      {"finished for long", {State::busy, 1, 1}, false, Intent::kill_finishing, Cause::cut, none},
      {"recycled", {State::exit, 1}, true, Intent::none, Cause::recycled, none},
  };
  for (const auto& row : rows) {
    Pool pool(1);
    bring_up(pool, 0);
    if (row.seen.state != State::init && row.cause != Cause::terminated)
      BOOST_TEST_REQUIRE(pool.observe(0, {State::idle, 0}, at(1)).has_value());
    BOOST_TEST_REQUIRE(pool.observe(0, row.seen, at(1)).has_value());
    pool[0].proven = row.proven;
    pool.intend(0, row.intent);
    BOOST_TEST((lesson_of(pool[0], row.cause) == row.want), row.name);
  }
}

BOOST_AUTO_TEST_CASE(those_who_only_finish_are_told_from_those_who_stay) {
  Pool pool(6, 10);
  for (std::uint32_t slot = 0; slot < 6; ++slot) {
    show(pool, slot, {State::idle, 0});
    BOOST_TEST_REQUIRE(pool.observe(slot, {State::idle, 5, 2}, at(2)).has_value());
  }
  BOOST_TEST(!pool.takes_long_to_finish(0, at(1000)));
  BOOST_TEST(pool.takes_no_more(0, at(1)));
  BOOST_TEST(!pool.takes_no_more(0, at(2)), "no news");
  BOOST_TEST(!pool.takes_long_to_finish(0, at(250)));
  BOOST_TEST(pool.takes_long_to_finish(0, at(251)));
  BOOST_TEST(pool[0].stays(), "until it counts as leaving");
  pool.begin_to_leave(0, at(10));
  pool.begin_to_leave(0, at(11));
  pool.begin_to_leave(1, at(20));
  pool.begin_to_leave(2, at(30));
  BOOST_TEST_REQUIRE(pool.observe(2, {State::exit, 5, 0}, at(31)).has_value());
  pool.intend(3, Intent::drain_spare);
  pool.begin_to_leave(3, at(5));
  pool[3].reaped_at = at(40);
  const PoolView view = pool.view(0, 1);
  BOOST_TEST(view.total == 6U);
  BOOST_TEST(view.leaving == 4U);
  BOOST_TEST(view.finishing == 2U, "not the one in EXIT, not the one that is gone");
  BOOST_TEST(pool.spare() == 1U, "of two that stay, 16 places of 10 each");
  BOOST_TEST(!pool.next_to_cut(31ms, at(40)).has_value());
  BOOST_TEST((pool.next_to_cut(30ms, at(40)) == 0U), "the longest");
  Pauses pauses;
  pauses.note(at(35), at(36), at(500));
  BOOST_TEST(!pool.next_to_cut(30ms, at(500), pauses).has_value());
  pool.intend(0, Intent::kill_finishing);
  BOOST_TEST((pool.next_to_cut(20ms, at(40)) == 1U), "nobody is cut twice");
}

BOOST_AUTO_TEST_CASE(a_slot_is_over_when_reaped_and_its_channel_ended_in_either_order) {
  Pool pool(2);
  bring_up(pool, 0);
  bring_up(pool, 1);
  BOOST_TEST(!pool[0].over());
  pool[0].reaped_at = at(5);
  BOOST_TEST(!pool[0].over());
  pool[0].channel_ended = at(6);
  BOOST_TEST(pool[0].over());
  pool[1].channel_ended = at(5);
  BOOST_TEST(!pool[1].over());
  pool[1].reaped_at = at(6);
  BOOST_TEST(pool[1].over());
}

BOOST_AUTO_TEST_CASE(a_released_slot_is_empty_but_for_its_sums) {
  Pool pool(1);
  show(pool, 0, {State::busy, 3, 1});
  pool.intend(0, Intent::kill_hung);
  pool[0].trial = true;
  pool[0].asked = at(4);
  end(pool, 0, 2);
  BOOST_TEST(!pool[0].occupied());
  BOOST_TEST(!pool[0].over());
  BOOST_TEST((pool[0].seen == WorkerSnapshot{State::init, 0}));
  BOOST_TEST((pool[0].intent == Intent::none));
  BOOST_TEST(!pool[0].trial);
  BOOST_TEST((pool[0].asked == TimePoint{}));
  BOOST_TEST((pool.census() == Census{}));
  show(pool, 0, {State::exit, 4});
  end(pool, 0, 1);
  BOOST_TEST(pool[0].connections_before == 7U);
  BOOST_TEST(pool[0].errors_before == 3U);
}

BOOST_AUTO_TEST_CASE(the_longest_idle_is_the_one_to_drain) {
  Pool pool(5);
  BOOST_TEST(!pool.next_to_drain().has_value());
  show(pool, 0, {State::busy, 1, 1}, at(1));
  show(pool, 1, {State::idle, 0}, at(20));
  show(pool, 2, {State::idle, 0}, at(10));
  show(pool, 3, {State::idle, 0}, at(10));
  BOOST_TEST((pool.next_to_drain() == 2U), "of two alike, the lower slot");
  BOOST_TEST_REQUIRE(pool.observe(2, {State::idle, 1}, at(30)).has_value());
  BOOST_TEST((pool.next_to_drain() == 3U), "one that served in between has not been idle so long");
  pool.intend(3, Intent::drain_spare);
  BOOST_TEST((pool.next_to_drain() == 1U), "nobody is drained twice");
  pool[1].asked = at(40);
  BOOST_TEST((pool.next_to_drain() == 2U), "nor one that was asked to leave");
  pool[2].channel_ended = at(40);
  BOOST_TEST(!pool.next_to_drain().has_value(), "nor one that cannot be told");
}

BOOST_AUTO_TEST_CASE(nudges_go_round_the_spares) {
  Pool pool(6);
  BOOST_TEST(!pool.next_spare(0).has_value());
  for (const std::uint32_t slot : {0U, 2U, 4U}) show(pool, slot, {State::idle, 0});
  show(pool, 1, {State::busy, 1, 1});
  bring_up(pool, 3);
  const std::uint32_t want[] = {2, 4, 0, 2};
  std::uint32_t last = 0;
  for (const std::uint32_t next : want) {
    BOOST_TEST_REQUIRE(pool.next_spare(last).has_value());
    last = *pool.next_spare(last);
    BOOST_TEST(last == next);
  }
  pool.intend(4, Intent::drain_spare);
  BOOST_TEST((pool.next_spare(2) == 0U));
  pool.intend(0, Intent::drain_spare);
  BOOST_TEST((pool.next_spare(2) == 2U), "the only one may be asked again");
  pool.intend(2, Intent::drain_spare);
  BOOST_TEST(!pool.next_spare(2).has_value());
}

BOOST_AUTO_TEST_CASE(a_trial_runs_until_it_is_proven_or_ends) {
  Pool pool(2);
  bring_up(pool, 0);
  BOOST_TEST(!pool.trial_running());
  bring_up(pool, 1);
  pool[1].trial = true;
  BOOST_TEST(pool.trial_running());
  BOOST_TEST_REQUIRE(pool.observe(1, {State::idle, 0}, at(2)).has_value());
  BOOST_TEST(pool.trial_running());
  BOOST_TEST_REQUIRE(pool.observe(1, {State::idle, 1}, at(3)).has_value());
  BOOST_TEST(!pool.trial_running());
  pool[0].trial = true;
  BOOST_TEST(pool.trial_running());
  end(pool, 0);
  BOOST_TEST(!pool.trial_running());
}

BOOST_AUTO_TEST_CASE(the_regulator_sees_who_stays_and_who_leaves) {
  Pool pool(10);
  show(pool, 0, {State::idle, 0});
  show(pool, 1, {State::idle, 0});
  show(pool, 2, {State::busy, 1, 1});
  show(pool, 3, {State::exit, 1});
  bring_up(pool, 4);
  for (std::uint32_t slot = 5; slot < 10; ++slot) show(pool, slot, {State::idle, 0});
  pool.intend(5, Intent::drain_spare);
  pool.intend(6, Intent::kill_protocol);
  pool[7].asked = at(3);
  pool[8].reaped_at = at(3);
  pool[9].channel_ended = at(3);
  const PoolView view = pool.view(42, 3);
  BOOST_TEST(view.idle == 2U);
  BOOST_TEST(view.starting == 1U);
  BOOST_TEST(view.leaving == 6U);
  BOOST_TEST(view.total == 10U);
  BOOST_TEST(view.waiting == 42U);
  BOOST_TEST(view.spawn_allowance == 3U);
}

BOOST_AUTO_TEST_CASE(the_census_is_that_of_the_slots_whatever_happens) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SplitMix random{seed};
    Pool pool(8);
    std::uint64_t sum_before = 0;
    for (int round = 0; round < 100; ++round) {
      const std::uint32_t slot = random.below(8);
      const WorkerSnapshot was = pool[slot].seen;
      const State state = all_worker_states[random.below(4)];
      const WorkerSnapshot seen{state, was.connections + random.below(3),
                                state == State::busy ? 1U : 0U};
      if (!pool[slot].occupied()) {
        bring_up(pool, slot);
      } else if (random.below(10) == 0) {
        sum_before += was.connections;
        end(pool, slot);
      } else if (!pool.observe(slot, seen, at(round))) {
        BOOST_TEST((pool[slot].seen == was));
      }
      BOOST_TEST((pool.census() == counted(pool)), "seed " << seed << ", round " << round);
    }
    std::uint64_t sum = 0;
    for (std::uint32_t slot = 0; slot < pool.size(); ++slot) sum += pool[slot].connections_before;
    BOOST_TEST(sum == sum_before, "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
