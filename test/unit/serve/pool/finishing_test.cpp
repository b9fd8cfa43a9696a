#include <boost/test/unit_test.hpp>

#include "serve/pool/regulator.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(finishing)

BOOST_AUTO_TEST_CASE(those_who_only_finish_keep_nobody_out_until_there_are_as_many_again) {
  const PoolLimits limits{.start_workers = 1, .min_spare = 1, .max_spare = 2, .max_workers = 2};
  const struct {
    const char* name;
    PoolView view;  // idle, starting, total, leaving, waiting, spawn_allowance, finishing
    RegulatorMemory memory;
    Moment moment;
    Decision want;
  } rows[] = {
      {"both finish", {0, 0, 2, 2, 0, 32, 2}, {1}, Moment::look, {1, 0, Reason::last_worker, {1}}},
      {"one finishes, the other is full",
       {0, 0, 2, 1, 0, 32, 1},
       {1},
       Moment::tick,
       {1, 0, Reason::below_min, {2}}},
      {"two finish, two are full: the ceiling",
       {0, 0, 4, 2, 0, 32, 2},
       {1},
       Moment::tick,
       {0, 0, Reason::at_ceiling, {1, true}}},
      {"three finish, one is full: as many again and no more",
       {0, 0, 4, 3, 0, 32, 3},
       {1},
       Moment::tick,
       {0, 0, Reason::kept_out, {1}, true}},
      {"all places are taken by those who finish",
       {0, 0, 4, 4, 0, 32, 4},
       {1},
       Moment::look,
       {0, 0, Reason::kept_out, {1}, true}},
      {"three finish, one has room: nobody need go",
       {1, 0, 4, 3, 0, 32, 3},
       {1},
       Moment::tick,
       {0, 0, Reason::in_band, {1}}},
  };
  for (const auto& row : rows)
    BOOST_TEST((regulate(row.view, limits, row.memory, row.moment) == row.want), row.name);
}

BOOST_AUTO_TEST_CASE(a_static_pool_has_one_for_each_that_finishes_and_does_not_grow) {
  const PoolLimits limits{.start_workers = 5, .min_spare = 5, .max_spare = 5, .max_workers = 9};
  const PoolView one_finishes{.idle = 4, .total = 5, .leaving = 1, .finishing = 1};
  BOOST_TEST((replace(one_finishes, limits, {}, Reason::succeeded).reason == Reason::succeeded));
  PoolView with_successor = one_finishes;
  ++with_successor.total;
  BOOST_TEST((replace(with_successor, limits, {}, Reason::recycled).reason == Reason::not_needed));
  BOOST_TEST((regulate(with_successor, limits, {}, Moment::tick).reason == Reason::in_band));
}

BOOST_AUTO_TEST_SUITE_END()
