#include "serve/worker/crowding.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(crowding)

namespace {

constexpr auto idle = WorkerState::idle;

/// Whether slot 0 is crowded, with these in the slots.
bool crowded(const std::vector<WorkerSnapshot>& seen) {
  const auto head = std::make_unique<SupervisorPage>();
  const auto slots = std::make_unique<SlotPage[]>(seen.size());
  head->slot_count = static_cast<std::uint32_t>(seen.size());
  for (std::size_t slot = 0; slot < seen.size(); ++slot) slots[slot].state.store(seen[slot]);
  return is_crowded({head.get(), slots.get()}, 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_has_more_than_the_mean_and_one_is_crowded) {
  std::vector<WorkerSnapshot> far(18, {idle, 100, 0});
  far[0].open = 2;
  far[17].open = 100;  // Beyond the sixteen that are looked at.
  const struct {
    const char* name;
    std::vector<WorkerSnapshot> seen;
    bool want;
  } rows[] = {
      {"alone", {{idle, 9, 9}}, false},
      {"one connection, and nobody has any", {{idle, 1, 1}, {idle, 0, 0}, {idle, 0, 0}}, false},
      {"two, and nobody has any", {{idle, 2, 2}, {idle, 0, 0}, {idle, 0, 0}}, true},
      {"one above the mean", {{idle, 6, 6}, {idle, 4, 4}, {idle, 5, 5}}, false},
      {"two above the mean", {{idle, 8, 8}, {idle, 5, 5}, {idle, 5, 5}}, true},
      {"below the mean", {{idle, 2, 2}, {idle, 9, 9}}, false},
      {"full ones take none", {{idle, 9, 9}, {WorkerState::busy, 3, 3}}, false},
      {"leaving and empty slots do not",
       {{idle, 3, 3}, {WorkerState::exit, 0, 0}, {WorkerState::init, 0, 0}},
       false},
      {"sixteen neighbours are looked at", far, true},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) BOOST_TEST(crowded(row.seen) == row.want);
}

BOOST_AUTO_TEST_CASE(who_is_at_work_is_no_measure) {
  const auto head = std::make_unique<SupervisorPage>();
  const auto slots = std::make_unique<SlotPage[]>(2);
  head->slot_count = 2;
  slots[0].state.store({idle, 9, 9});
  slots[1].state.store({idle, 1, 1});
  const Scoreboard scoreboard{head.get(), slots.get()};
  BOOST_TEST(is_crowded(scoreboard, 0));
  slots[1].phase = Phase::working;
  BOOST_TEST(!is_crowded(scoreboard, 0));
}

BOOST_AUTO_TEST_SUITE_END()
