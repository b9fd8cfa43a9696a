#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "serve/pool/regulator.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(explain_decision)

BOOST_AUTO_TEST_CASE(every_decision_explains_itself_by_its_inputs) {
  const PoolLimits ladder{.min_spare = 3, .max_spare = 6, .max_workers = 40};
  const PoolLimits demand{
      .min_spare = 3, .max_spare = 6, .max_workers = 40, .policy = Policy::demand};
  const PoolLimits fixed{.start_workers = 5, .min_spare = 5, .max_spare = 5};
  PoolLimits many = ladder;
  many.connections_per_worker = 100;
  const auto because = [](Reason reason) { return Decision{.reason = reason, .memory = {4}}; };
  const struct {
    Reason reason;
    PoolLimits limits;
    PoolView view;
    const char* want;
  } rows[] = {
      {Reason::in_band, ladder, {4, 0, 9, 0}, "idle 4 within min-spare 3 and max-spare 6"},
      {Reason::in_band, ladder, {2, 0, 9, 0}, "idle 2 below min-spare 3"},
      {Reason::above_max, many, {7, 0, 9, 0}, "spare 7 above max-spare 6"},
      {Reason::in_band, fixed, {0, 0, 5, 0}, "5 of the pool's 5 workers"},
      {Reason::below_min, ladder, {2, 0, 9, 0}, "idle 2 below min-spare 3, next ladder step 4"},
      {Reason::below_min, demand, {2, 0, 9, 0, 1}, "idle 2 below min-spare 3, 1 waiting"},
      {Reason::above_max, ladder, {7, 0, 9, 0}, "idle 7 above max-spare 6"},
      {Reason::awaiting_idle, ladder, {1, 2, 9, 0}, "idle 1 below min-spare 3, 2 starting"},
      {Reason::awaiting_idle,
       demand,
       {0, 8, 9, 0, 5},
       "idle 0 below min-spare 3, 5 waiting, 8 starting"},
      {Reason::at_ceiling,
       ladder,
       {0, 0, 40, 0},
       "idle 0 below min-spare 3, max-workers 40 reached"},
      {Reason::running_dry, demand, {0, 0, 9, 0, 5}, "no spare left, 5 waiting"},
      {Reason::static_pool, fixed, {0, 0, 3, 0}, "3 of the pool's 5 workers"},
      {Reason::last_worker, ladder, {0, 0, 0, 0}, "no worker left, total 0"},
      {Reason::last_worker, ladder, {0, 0, 2, 2}, "all 2 workers are leaving"},
      {Reason::held_back, ladder, {0, 0, 9, 0}, "idle 0 below min-spare 3, spawning is held back"},
      {Reason::recycled,
       ladder,
       {4, 0, 9, 0},
       "served max-requests connections, its slot is filled again: idle 4 within min-spare 3 and "
       "max-spare 6"},
      {Reason::replaced,
       fixed,
       {4, 0, 4, 0},
       "a worker was lost, its slot is filled again: 4 of the pool's 5 workers"},
      {Reason::succeeded,
       ladder,
       {0, 0, 9, 1, 0, 32, 1},
       "takes no more and finishes what it has: idle 0 below min-spare 3"},
      {Reason::kept_out,
       ladder,
       {0, 0, 80, 70, 0, 32, 70},
       "idle 0 below min-spare 3, all slots taken: 70 of 80 workers only finish what they have"},
      {Reason::not_needed, ladder, {7, 0, 9, 0}, "idle 7 above max-spare 6 without it"},
  };
  std::set<Reason> explained;
  for (const auto& row : rows) {
    BOOST_TEST(explain(because(row.reason), row.view, row.limits) == row.want);
    explained.insert(row.reason);
  }
  BOOST_TEST(explained.size() == static_cast<std::size_t>(Reason::not_needed) + 1);
}

BOOST_AUTO_TEST_CASE(reasons_have_names_of_their_own) {
  std::set<std::string> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(Reason::not_needed); ++i)
    names.insert(to_string(static_cast<Reason>(i)));
  BOOST_TEST(names.size() == static_cast<std::size_t>(Reason::not_needed) + 1);
  BOOST_TEST(names.count("?") == 0);
  BOOST_TEST(names.count("running_dry") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
