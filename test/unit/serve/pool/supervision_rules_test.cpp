// The small rules by which a supervisor follows its workers between two ticks.
#include <boost/test/unit_test.hpp>

#include "serve/pool/pool.hpp"

BOOST_AUTO_TEST_SUITE(supervision_rules)

namespace {

using namespace brood;
using State = WorkerState;

constexpr TimePoint at(std::int64_t ms) {
  return {ms * 1'000'000};
}

/// Born and acknowledged, as the supervisor does it.
void bring_up(Pool& pool, std::uint32_t slot) {
  pool.born(slot, 1000 + static_cast<int>(slot), at(1));
  pool[slot].acknowledged = true;
}

void become_idle(Pool& pool, std::uint32_t slot) {
  BOOST_TEST(pool.observe(slot, {State::idle, 0}, at(2)).has_value());
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_answer_or_a_second_of_life_proves_a_worker_once) {
  const struct {
    const char* name;
    bool ready;
    std::uint64_t entries;
    std::int64_t later_ms;
    bool want;
  } rows[] = {{"has answered", true, 1, 0, true},
              {"has lived for a second", true, 0, 1000, true},
              {"has not yet", true, 0, 999, false},
              {"claims answers before it was ready", false, 5, 2000, false}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Pool pool(1);
      bring_up(pool, 0);
      if (row.ready) become_idle(pool, 0);
      BOOST_TEST(pool.prove(0, row.entries, at(2 + row.later_ms)) == row.want);
      BOOST_TEST(pool[0].proven == row.want);
      BOOST_TEST(!pool.prove(0, row.entries, at(2 + row.later_ms)), "it is no news any more");
    }
}

BOOST_AUTO_TEST_CASE(who_is_told_to_leave_only_finishes_unless_it_is_asked_for_its_silence) {
  Pool pool(2);
  for (const std::uint32_t slot : {0U, 1U}) bring_up(pool, slot);
  pool.tell_to_leave(0, Intent::drain_spare, at(5));
  pool.tell_to_leave(1, Intent::ask_hung, at(5));
  BOOST_TEST((pool[0].intent == Intent::drain_spare && pool[0].leaving_since == at(5)));
  BOOST_TEST((pool[1].intent == Intent::ask_hung && pool[1].leaving_since.ns == 0));
}

BOOST_AUTO_TEST_CASE(while_somebody_waits_one_spare_after_the_other_is_nudged) {
  Pool pool(3);
  for (const std::uint32_t slot : {0U, 1U, 2U}) {
    bring_up(pool, slot);
    if (slot != 1) become_idle(pool, slot);
  }
  const Nudge nobody = pool.next_nudge(0, 0);
  BOOST_TEST(!nobody.slot.has_value());
  BOOST_TEST(!nobody.again, "nobody waits");
  BOOST_TEST(pool.next_nudge(1, 0).slot.value() == 2U);
  BOOST_TEST(pool.next_nudge(1, 2).slot.value() == 0U);
  Pool busy(1);
  bring_up(busy, 0);
  BOOST_TEST(!busy.next_nudge(1, 0).slot.has_value());
  BOOST_TEST(busy.next_nudge(1, 0).again, "there may be a spare soon");
}

BOOST_AUTO_TEST_CASE(only_demand_without_a_spare_asks_what_waits) {
  PoolLimits limits{.max_workers = 2, .policy = Policy::demand};
  Pool pool(2);
  bring_up(pool, 0);
  BOOST_TEST(pool.asks_queue(Policy::demand));
  BOOST_TEST(pool.is_watched_when_quiet(limits));
  limits.max_workers = 1;
  BOOST_TEST(!pool.is_watched_when_quiet(limits), "no more can be made: a change will ring");
  limits = {.max_workers = 2, .policy = Policy::exponential};
  BOOST_TEST(!pool.asks_queue(Policy::exponential));
  BOOST_TEST(!pool.is_watched_when_quiet(limits));
  become_idle(pool, 0);
  BOOST_TEST(!pool.asks_queue(Policy::demand));
  limits.policy = Policy::demand;
  BOOST_TEST(!pool.is_watched_when_quiet(limits));
}

BOOST_AUTO_TEST_SUITE_END()
