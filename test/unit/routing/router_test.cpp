#include "routing/router.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{1'000'000'000'000};

/// A router over so many servers, all of them up, with what most tests need.
class Bench {
 public:
  explicit Bench(std::vector<ServerSettings> servers,
                 const RoutingSettings& settings = {.strategy = Strategy::least_connections})
      : router(settings, std::move(servers), 1) {
    for (ServerId id = 0; id < router.size(); ++id) router.set_available(id, true, now);
  }

  Choice choose(std::vector<ServerId> tried = {}) { return router.choose({}, tried, now); }

  ServerId begin() {
    const ServerId id = choose().server;
    if (id != no_server) router.began(id, now);
    return id;
  }

  void hold(ServerId id, int count) {
    for (int i = 0; i < count; ++i) router.began(id, now);
  }

  /// What comes back if all that can be placed is placed.
  std::uint32_t fill(ServerId id) {
    while (router.view(id).in_flight < router.view(id).limit) router.began(id, now);
    return router.view(id).in_flight;
  }

  TimePoint now = start;
  Router router;
};

ServerSettings named(const char* name) {
  return {.name = name};
}

ReportedLoad brood_of(std::uint32_t max, std::uint32_t in_flight = 0, std::uint64_t epoch = 1) {
  return {.is_detailed = true, .epoch = epoch, .idle = max, .max = max, .in_flight = in_flight};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(router)

BOOST_AUTO_TEST_CASE(nobody_is_chosen_before_a_verdict) {
  Router router({}, {named("a"), named("b")}, 1);
  const Choice choice = router.choose({}, {}, start);
  BOOST_TEST(choice.server == no_server);
  BOOST_TEST(!choice.is_full);
  BOOST_TEST(choice.reason == "none available");
  router.set_available(1, true, start);
  BOOST_TEST(router.choose({}, {}, start).server == 1U);
}

BOOST_AUTO_TEST_CASE(if_none_is_available_all_are_tried_where_that_was_asked_for) {
  Router router({.try_all = true}, {named("a"), named("b")}, 1);
  BOOST_TEST(router.choose({}, {}, start).server != no_server);
  router.set_available(1, true, start);
  for (int i = 0; i < 20; ++i) BOOST_TEST(router.choose({}, {}, start).server == 1U);
  BOOST_TEST(router.choose({}, std::vector<ServerId>{1}, start).server == 1U);
}

BOOST_AUTO_TEST_CASE(who_may_be_chosen_comes_in_an_order) {
  ServerSettings backup = named("c");
  backup.is_backup = true;
  const struct {
    const char* name;
    std::vector<ServerId> down;
    std::vector<ServerId> tried;
    ServerId want;
  } rows[] = {
      {"not the backup", {0}, {}, 1},
      {"the backup if no other is up", {0, 1}, {}, 2},
      {"not one that has failed this request", {}, {0}, 1},
      {"rather a backup than one that has failed it", {}, {0, 1}, 2},
      {"one that has failed it if there is no other", {1}, {0, 2}, 0},
      {"the backup again if it alone is left", {0, 1}, {2}, 2},
      {"nobody", {0, 1, 2}, {}, no_server},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Bench bench({named("a"), named("b"), backup});
    for (const ServerId id : row.down) bench.router.set_available(id, false, bench.now);
    for (int i = 0; i < 10; ++i) BOOST_TEST(bench.choose(row.tried).server == row.want);
  }
}

BOOST_AUTO_TEST_CASE(it_knows_whether_a_request_can_go_elsewhere) {
  Bench bench({named("a"), named("b")});
  BOOST_TEST(bench.router.has_other(std::vector<ServerId>{0}));
  BOOST_TEST(!bench.router.has_other(std::vector<ServerId>{0, 1}));
  bench.router.set_available(1, false, start);
  BOOST_TEST(!bench.router.has_other(std::vector<ServerId>{0}));
}

BOOST_AUTO_TEST_CASE(a_full_server_is_waited_for_not_evaded) {
  ServerSettings small = named("a");
  small.max = 2;
  ServerSettings backup = named("b");
  backup.is_backup = true;
  Bench bench({small, backup});
  BOOST_TEST(bench.begin() == 0U);
  BOOST_TEST(bench.begin() == 0U);
  const Choice choice = bench.choose();
  BOOST_TEST(choice.server == no_server);
  BOOST_TEST(choice.is_full);
  BOOST_TEST(choice.reason == "all full");
  bench.router.ended(0, Outcome::answered, 20ms, bench.now);
  BOOST_TEST(bench.begin() == 0U);
}

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
  for (const ServerId id : {0U, 1U}) {
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

BOOST_AUTO_TEST_CASE(who_drains_gets_nothing_new) {
  Bench bench({named("a"), named("b")});
  bench.router.set_draining(0, true);
  for (int i = 0; i < 10; ++i) BOOST_TEST(bench.choose().server == 1U);
  bench.router.set_draining(0, false);
  ReportedLoad load = brood_of(8);
  load.is_draining = true;
  bench.router.reported(1, load, 0s, bench.now);
  for (int i = 0; i < 10; ++i) BOOST_TEST(bench.choose().server == 0U);
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
  BOOST_TEST(bench.router.add(named("b")) == 1U);
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

BOOST_AUTO_TEST_CASE(latency_is_measured_as_mean_and_as_peak) {
  Bench bench({named("a")});
  bench.router.answering(0, 20ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency == 20ms));
  bench.router.answering(0, 40ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency == 30ms));
  BOOST_TEST((bench.router.view(0).latency_peak == 40ms));
  for (int i = 0; i < 500; ++i) bench.router.answering(0, 10ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency < 11ms));
  BOOST_TEST((bench.router.view(0).latency_peak == 40ms));  // No time has passed.
  bench.now = bench.now + 10s;
  bench.router.answering(0, 10ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency_peak < 22ms));
  BOOST_TEST((bench.router.view(0).latency_peak > 20ms));
}

BOOST_AUTO_TEST_CASE(a_failure_makes_no_server_look_quick) {
  Bench bench({named("a")});
  bench.router.answering(0, 20ms, bench.now);
  bench.hold(0, 2);
  bench.router.ended(0, Outcome::failed, 1ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency == 20ms));
  BOOST_TEST(bench.router.view(0).failures == 1);
  bench.router.ended(0, Outcome::failed, 30s, bench.now);
  BOOST_TEST((bench.router.view(0).latency > 1s));
  BOOST_TEST((bench.router.view(0).latency_peak == 30s));
  bench.now = bench.now + 1min;
  bench.choose();
  BOOST_TEST(bench.router.view(0).failures == 0);
}

BOOST_AUTO_TEST_CASE(who_gives_up_or_never_sends_says_nothing_about_the_server) {
  for (const Outcome outcome : {Outcome::given_up, Outcome::not_sent}) {
    Bench bench({named("a")});
    bench.hold(0, 1);
    bench.router.ended(0, outcome, 30s, bench.now);
    BOOST_TEST(bench.router.view(0).in_flight == 0U);
    BOOST_TEST(bench.router.view(0).failures == 0);
    BOOST_TEST((bench.router.view(0).latency == 0s));
  }
}

BOOST_AUTO_TEST_CASE(a_quicker_server_is_waited_for_while_the_queue_is_short) {
  ServerSettings quick = named("quick");
  quick.max = 4;
  ServerSettings slow = named("slow");
  slow.max = 4;
  Bench bench({quick, slow}, {.strategy = Strategy::least_time});
  bench.router.answering(0, 10ms, bench.now);
  bench.router.answering(1, 90ms, bench.now);
  for (int i = 0; i < 4; ++i) BOOST_TEST(bench.begin() == 0U);
  const Choice choice = bench.choose();
  BOOST_TEST(choice.is_full);
  BOOST_TEST(choice.reason == "a quicker one is worth waiting for");
  BOOST_TEST((choice.look_again > bench.now));
  BOOST_TEST((choice.look_again != never));
  BOOST_TEST(bench.router.choose({}, {}, bench.now, 20).server == 1U);
  // If none of them has answered by then, nobody waits any longer.
  bench.now = choice.look_again + 1ns;
  BOOST_TEST(bench.choose().server == 1U);
}

BOOST_AUTO_TEST_CASE(a_thousand_servers_are_nothing_special) {
  std::vector<ServerSettings> servers;
  for (int i = 0; i < 1000; ++i) servers.push_back({.name = std::to_string(i), .max = 1});
  for (const std::string_view name : strategy_names) {
    BOOST_TEST_INFO_SCOPE(name);
    Bench bench(servers, {.strategy = *strategy_named(name)});
    for (int i = 0; i < 1000; ++i) BOOST_REQUIRE(bench.begin() != no_server);
    BOOST_TEST(bench.choose().is_full);
  }
}

BOOST_AUTO_TEST_SUITE_END()
