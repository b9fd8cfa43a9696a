// What a server is given: places, limits, slow start, turns.

#include "balance/routing/router.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "bench.hpp"

using namespace brood;
using namespace brood::routing_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(router_share)

BOOST_AUTO_TEST_CASE(the_limit_is_what_others_leave_of_what_the_pool_can_grow_to) {
  ServerSettings limited = named("b");
  limited.max = 5;
  const struct {
    const char* name;
    ServerId server;
    int ours;
    ReportedLoad report;
    std::uint32_t want;
  } rows[] = {
      {"without a report there is none", 0, 3, {}, ~0U},
      {"a plain health document says nothing", 0, 3, {.entries = 9}, ~0U},
      {"nobody else is there", 0, 3, brood_of(8, 3), 8},
      {"others hold four", 0, 3, brood_of(8, 7), 4},
      {"others hold all: one at least", 0, 0, brood_of(8, 12), 1},
      {"its present workers do not matter",
       0,
       0,
       {.is_detailed = true, .busy = 1, .idle = 1, .max = 8, .in_flight = 1},
       7},
      {"what was configured holds", 1, 0, brood_of(8, 7), 5},
      {"with and without reports", 1, 0, {}, 5},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Bench bench({named("a"), limited});
    bench.hold(row.server, row.ours);
    bench.router.reported(row.server, row.report, 1ms, bench.now);
    BOOST_TEST(bench.router.view(row.server).limit == row.want);
  }
}

BOOST_AUTO_TEST_CASE(the_limit_gives_way_slowly_and_comes_back_at_once) {
  Bench bench({named("a")});
  bench.router.reported(0, brood_of(100, 10), 0s, bench.now);
  BOOST_TEST(bench.router.view(0).limit == 90U);
  bench.router.reported(0, brood_of(100, 60), 0s, bench.now);  // One busy moment of the others.
  BOOST_TEST(bench.router.view(0).limit == 80U);
  BOOST_TEST(bench.router.view(0).others == 60U);
  for (int i = 0; i < 30; ++i) bench.router.reported(0, brood_of(100, 60), 0s, bench.now);
  BOOST_TEST(bench.router.view(0).limit == 40U);
  bench.router.reported(0, brood_of(100, 0), 0s, bench.now);
  BOOST_TEST(bench.router.view(0).limit == 100U);
}

BOOST_AUTO_TEST_CASE(who_has_no_idle_worker_left_is_seen_between_two_reports) {
  Bench bench({named("a")});
  ReportedLoad load = brood_of(50, 1);
  load.busy = 1;
  load.idle = 2;
  bench.router.reported(0, load, 0s, bench.now);  // Another client holds one of three workers.
  BOOST_TEST(bench.router.view(0).has_idle);
  bench.hold(0, 1);
  BOOST_TEST(bench.router.view(0).has_idle);
  bench.hold(0, 1);
  BOOST_TEST(!bench.router.view(0).has_idle);
  bench.router.ended(0, Outcome::answered, 1ms, bench.now);
  BOOST_TEST(bench.router.view(0).has_idle);
}

BOOST_AUTO_TEST_CASE(whose_size_is_unknown_is_taken_for_the_mean_of_the_others) {
  ServerSettings limited = named("b");
  limited.max = 20;
  Bench bench({named("a"), limited, named("c")});
  BOOST_TEST(bench.router.view(0).places == 20);
  bench.router.reported(2, brood_of(40), 0s, bench.now);
  BOOST_TEST(bench.router.view(0).places == 30);
  BOOST_TEST(bench.router.view(1).places == 20);
  BOOST_TEST(bench.router.view(2).places == 40);
}

BOOST_AUTO_TEST_CASE(after_recovery_or_restart_the_share_grows_slowly) {
  const struct {
    const char* name;
    void (*happens)(Bench&);
    bool is_slow;
  } rows[] = {
      {"the first verdict is no recovery", [](Bench&) {}, false},
      {"it was down",
       [](Bench& bench) {
         bench.router.set_available(0, false, bench.now);
         bench.router.set_available(0, true, bench.now);
       },
       true},
      {"it is said once more to be up",
       [](Bench& bench) { bench.router.set_available(0, true, bench.now); }, false},
      {"another epoch",
       [](Bench& bench) {
         bench.router.reported(0, brood_of(40, 0, 1), 0s, bench.now);
         bench.router.reported(0, brood_of(40, 0, 2), 0s, bench.now);
       },
       true},
      {"fewer entries than before",
       [](Bench& bench) {
         bench.router.reported(0, {.entries = 100}, 0s, bench.now);
         bench.router.reported(0, {.entries = 3}, 0s, bench.now);
       },
       true},
      {"more entries than before",
       [](Bench& bench) {
         bench.router.reported(0, {.entries = 3}, 0s, bench.now);
         bench.router.reported(0, {.entries = 100}, 0s, bench.now);
       },
       false},
      {"an operator's drain is over",
       [](Bench& bench) {
         bench.router.set_draining(0, true);
         bench.router.set_draining(0, false);
       },
       false},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Bench bench({named("a"), named("b")});
    row.happens(bench);
    BOOST_TEST((bench.router.slow_start_progress(0, bench.now) < 1) == row.is_slow);
    BOOST_TEST((bench.router.view(0).weight < 1) == row.is_slow);
    bench.now = bench.now + 10s;
    bench.choose();
    BOOST_TEST(bench.router.view(0).weight == 1);
  }
}

BOOST_AUTO_TEST_CASE(slow_start_is_a_ramp_of_weight_and_of_concurrency) {
  ServerSettings limited = named("a");
  limited.max = 40;
  Bench bench({limited, named("b")});
  for (const std::uint32_t id : {0U, 1U}) {
    bench.router.set_available(id, false, bench.now);
    bench.router.set_available(id, true, bench.now);
  }
  const struct {
    Duration age;
    double weight;
    std::uint32_t limit;
  } rows[] = {{0s, 0.1, 4}, {1s, 0.1, 4}, {2s, 0.2, 8}, {5s, 0.5, 20}, {10s, 1, 40}, {1h, 1, 40}};
  for (const auto& row : rows) {
    bench.now = start + row.age;
    bench.choose();
    BOOST_TEST(bench.router.view(0).weight == row.weight, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(bench.router.view(0).limit == row.limit);
    // Without a limit of its own it may have about what the others have, and one at least.
    BOOST_TEST(bench.router.view(1).limit >= 1U);
    BOOST_TEST((bench.router.view(1).limit == ~0U) == (row.age >= 10s));
  }
}

BOOST_AUTO_TEST_CASE(no_slow_start_where_none_was_asked_for) {
  Bench bench({named("a")}, {.slow_start = 0s});
  bench.router.set_available(0, false, bench.now);
  bench.router.set_available(0, true, bench.now);
  BOOST_TEST(bench.router.view(0).weight == 1);
}

BOOST_AUTO_TEST_CASE(a_late_report_halves_the_share_and_a_punctual_one_doubles_it_again) {
  Bench bench({named("a"), named("b")});
  for (const double want : {0.5, 0.25, 0.125, 0.125}) {
    bench.router.reported_late(0, brood_of(8, 8), 3s, bench.now);
    BOOST_TEST(bench.router.view(0).weight == want);
    BOOST_TEST(bench.router.view(0).is_available);
  }
  for (const double want : {0.25, 0.5, 1.0, 1.0}) {
    bench.router.reported(0, brood_of(8, 8), 1ms, bench.now);
    BOOST_TEST(bench.router.view(0).weight == want);
  }
}

BOOST_AUTO_TEST_CASE(turns_missed_while_away_are_not_made_up_for) {
  Bench bench({named("a"), named("b")}, {.strategy = Strategy::round_robin, .slow_start = 0s});
  bench.router.set_available(0, false, bench.now);
  for (int i = 0; i < 100; ++i) BOOST_TEST(bench.begin() == 1U);
  bench.router.set_available(0, true, bench.now);
  int first = 0;
  for (int i = 0; i < 10; ++i) first += bench.begin() == 0U;
  BOOST_TEST(first == 5);
}

BOOST_AUTO_TEST_CASE(a_server_can_be_added_and_begins_slowly) {
  Bench bench({named("a")}, {.strategy = Strategy::round_robin});
  for (int i = 0; i < 50; ++i) bench.begin();
  bench.router.add(1, named("b"), bench.now);
  BOOST_TEST(bench.router.size() == 2U);
  BOOST_TEST(bench.choose().server == 0U);
  bench.router.set_available(1, true, bench.now);
  BOOST_TEST(bench.router.slow_start_progress(1, bench.now) < 1);
  int second = 0;
  for (int i = 0; i < 50; ++i) {
    const ServerId id = bench.begin();
    second += id == 1U;
    bench.router.ended(id, Outcome::answered, 1ms, bench.now);
  }
  BOOST_TEST(second >= 1);
  BOOST_TEST(second <= 10);
}

BOOST_AUTO_TEST_CASE(those_at_leisure_take_turns_by_weight) {
  ServerSettings heavy = named("heavy");
  heavy.weight = 2;
  for (const Strategy strategy : {Strategy::least_time, Strategy::least_connections,
                                  Strategy::peak_ewma, Strategy::two_choices}) {
    Bench bench({heavy, named("b"), named("slow")}, {.strategy = strategy});
    bench.router.answering(0, 2ms, bench.now);
    bench.router.answering(1, 2200us, bench.now);
    bench.router.answering(2, 2300us, bench.now);
    std::array<int, 3> given{};
    for (int i = 0; i < 40; ++i) {
      const ServerId id = bench.begin();
      ++given[id.slot];
      bench.router.ended(id, Outcome::answered, 2ms, bench.now);
    }
    BOOST_TEST(given[0] >= 16, to_string(strategy));
    BOOST_TEST(given[0] <= 24, to_string(strategy));
    BOOST_TEST(given[1] >= 7, to_string(strategy));
    BOOST_TEST(given[2] >= 7, to_string(strategy));
  }
}

BOOST_AUTO_TEST_CASE(a_slow_one_is_left_alone_while_quick_ones_are_at_leisure) {
  Bench bench({named("a"), named("b"), named("slow")}, {.strategy = Strategy::least_time});
  for (std::uint32_t id = 0; id < 3; ++id)
    for (int i = 0; i < 2; ++i) bench.router.answering(id, id == 2 ? 60ms : 20ms, bench.now);
  for (int i = 0; i < 20; ++i) {
    const ServerId id = bench.begin();
    BOOST_TEST(id != 2U);
    bench.router.ended(id, Outcome::answered, 20ms, bench.now);
  }
}

// A machine that is busy delays one answer in so many; a server that is slow is so again.
BOOST_AUTO_TEST_CASE(one_slow_answer_among_quick_ones_takes_nobody_out_of_the_round) {
  for (const Strategy strategy : {Strategy::least_time, Strategy::peak_ewma})
    for (const int slow_count : {1, 2})
      for (const int quick_count : {0, 1, 20}) {
        BOOST_TEST_INFO_SCOPE(to_string(strategy) << ' ' << slow_count << ' ' << quick_count);
        Bench bench({named("a"), named("b")}, {.strategy = strategy});
        for (std::uint32_t id = 0; id < 2; ++id)
          for (int i = 0; i < quick_count; ++i) bench.router.answering(id, 20ms, bench.now);
        for (int i = 0; i < slow_count; ++i) bench.router.answering(0, 2s, bench.now);
        bench.router.answering(1, 20ms, bench.now);
        bench.router.answering(1, 20ms, bench.now);
        int given = 0;
        for (int i = 0; i < 20; ++i) {
          const ServerId id = bench.begin();
          given += id == 0U;
          bench.router.ended(id, Outcome::answered, 20ms, bench.now);
        }
        BOOST_TEST(given == (slow_count == 1 ? 10 : 0));
      }
}

BOOST_AUTO_TEST_CASE(who_was_away_does_not_get_all_that_it_missed) {
  Bench bench({named("a"), named("b")}, {.strategy = Strategy::least_time});
  bench.hold(1, 1);
  for (int i = 0; i < 50; ++i) bench.router.ended(bench.begin(), Outcome::answered, 1ms, bench.now);
  bench.router.ended(1, Outcome::answered, 1ms, bench.now);
  int given = 0;
  for (int i = 0; i < 20; ++i) {
    const ServerId id = bench.begin();
    given += id == 1;
    bench.router.ended(id, Outcome::answered, 1ms, bench.now);
  }
  BOOST_TEST(given >= 8);
  BOOST_TEST(given <= 12);
}

BOOST_AUTO_TEST_CASE(a_removed_server_is_in_nobodys_count_and_is_new_when_it_comes_back) {
  Bench bench({named("a"), named("b")}, {.strategy = Strategy::least_time, .try_all = true});
  bench.router.reported(1, brood_of(40, 0, 7), 0s, bench.now);
  BOOST_TEST(bench.router.view(0).places == 40.);
  bench.hold(1, 3);
  bench.router.remove(1);
  BOOST_TEST(bench.router.view(0).places == 1.);
  bench.router.set_available(0, false, bench.now);
  BOOST_TEST(bench.choose().server ==
             0U);  // Nobody is well, and all are tried: not the removed one.
  BOOST_TEST(!bench.router.has_other(std::vector<ServerId>{0}));
  const ServerId again{1, 1};
  bench.router.add(again, named("b"), bench.now);
  const ServerView& view = bench.router.view(again);
  BOOST_TEST(view.in_flight == 3U);
  BOOST_TEST(!view.is_available);
  BOOST_TEST(view.reported.max == 0U);
  bench.router.set_available(1, true, bench.now);  // Late: it is about the one that is gone.
  BOOST_TEST(!view.is_available);
  bench.router.set_available(again, true, bench.now);
  BOOST_TEST(bench.router.slow_start_progress(again, bench.now) < 0.2);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(bench.router.ended(1, Outcome::failed, 1ms, bench.now) == no_server);
  BOOST_TEST(view.failures == 0.);
  BOOST_TEST(view.in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(a_removed_server_is_forgotten_with_its_last_request) {
  Bench bench({named("a"), named("b"), named("c")});
  bench.hold(1, 2);
  BOOST_TEST(bench.router.remove(1) == no_server);
  BOOST_TEST(bench.router.remove(1) == no_server);
  BOOST_TEST(bench.router.ended(1, Outcome::answered, 1ms, bench.now) == no_server);
  BOOST_TEST(bench.router.ended(1, Outcome::answered, 1ms, bench.now) == 1U);
  BOOST_TEST(bench.router.id_of(1) == no_server);
  BOOST_TEST(bench.router.remove(2) == 2U, "it had nothing in hand");
  // It has come back and gone again meanwhile: its last id is the one to be forgotten.
  bench.hold(0, 1);
  bench.router.remove(0);
  bench.router.add({0, 1}, named("a"), bench.now);
  bench.router.remove({0, 1});
  BOOST_TEST(bench.router.ended(0, Outcome::answered, 1ms, bench.now) == ServerId(0, 1));
}

BOOST_AUTO_TEST_CASE(a_connection_of_an_hour_tells_nothing_of_latency) {
  Bench bench({named("a"), named("b")}, {.strategy = Strategy::least_time});
  for (std::uint32_t id = 0; id < 2; ++id) {
    bench.hold(id, 2);
    bench.router.answering(id, 2ms, bench.now);
  }
  bench.router.ended(0, Outcome::answered, 1h, bench.now);
  bench.router.ended(0, Outcome::broken_off, 1h, bench.now);
  bench.router.ended(1, Outcome::failed, 1ms, bench.now);
  for (std::uint32_t id = 0; id < 2; ++id)
    BOOST_TEST((bench.router.view(id).latency <= Duration{3ms}));
  bench.now = bench.now + 10s;
  bench.choose();
  BOOST_TEST(bench.router.view(1).failures == 0.);
}

BOOST_AUTO_TEST_SUITE_END()
