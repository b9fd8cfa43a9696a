#include "balance/routing/router.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "bench.hpp"

using namespace brood;
using namespace brood::routing_test;
using namespace std::chrono_literals;

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

BOOST_AUTO_TEST_CASE(whom_a_client_prefers_is_taken_or_waited_for_while_it_may_be_chosen) {
  ServerSettings one = named("a");
  one.max = 1;
  Bench bench({one, named("b")});
  const RequestKey key{.prefers = 0};
  BOOST_TEST(bench.router.choose(key, {}, bench.now).server == 0U);
  bench.router.began(0, bench.now);
  const Choice full = bench.router.choose(key, {}, bench.now);
  BOOST_TEST(full.server == no_server);
  BOOST_TEST(full.is_full);
  BOOST_TEST(bench.router.choose(key, std::vector<ServerId>{0}, bench.now).server == 1U);
  bench.router.set_available(0, false, bench.now);
  BOOST_TEST(bench.router.choose(key, {}, bench.now).server == 1U);
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

BOOST_AUTO_TEST_CASE(who_leaves_before_the_first_byte_makes_a_server_look_slower_never_quicker) {
  Bench bench({named("a")});
  bench.router.answering(0, 20ms, bench.now);
  bench.hold(0, 2);
  bench.router.ended(0, Outcome::unanswered, 1ms, bench.now);
  BOOST_TEST((bench.router.view(0).latency == 20ms));
  bench.router.ended(0, Outcome::unanswered, 1s, bench.now);
  BOOST_TEST((bench.router.view(0).latency == 510ms));
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
