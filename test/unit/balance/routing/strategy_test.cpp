#include "balance/routing/strategy.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <vector>

#include "balance/routing/hash.hpp"
#include "unit/balance/routing/print.hpp"

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(strategy)

namespace {

constexpr TimePoint now{1'000'000'000'000};

ServerView server(std::uint32_t in_flight = 0, double weight = 1) {
  return {.is_available = true, .weight = weight, .in_flight = in_flight};
}

ServerView measured(std::uint32_t in_flight, Duration latency, Duration peak, Duration age = 0s) {
  ServerView view = server(in_flight);
  view.latency = latency;
  view.latency_peak = peak;
  view.latency_usual = latency;
  view.latency_at = now + -age;
  return view;
}

ServerView counted(std::uint64_t entries, std::uint64_t errors) {
  ServerView view = server();
  view.reported = {.entries = entries, .errors = errors};
  view.reported_at = now;
  return view;
}

ServerView loaded(std::uint32_t others, std::uint32_t in_flight, Duration latency) {
  ServerView view = server(in_flight);
  view.others = others;
  view.reported = {.is_detailed = true, .busy = 0, .idle = 100, .latency = latency};
  view.reported_at = now;
  return view;
}

std::vector<ServerId> all_of(const std::vector<ServerView>& servers) {
  std::vector<ServerId> ids(servers.size());
  std::iota(ids.begin(), ids.end(), 0U);
  return ids;
}

Choice choose(Strategy strategy, const std::vector<ServerView>& servers, std::uint64_t seed = 1,
              std::uint64_t key = 0) {
  SplitMix random(seed);
  return choose_server({.strategy = strategy}, servers, all_of(servers), {.hash = key}, now,
                       random);
}

/// How often each was chosen of so many times, each time with other random numbers.
std::vector<int> tally(Strategy strategy, const std::vector<ServerView>& servers, int count) {
  std::vector<int> tally(servers.size());
  SplitMix random(7);
  for (int i = 0; i < count; ++i) {
    const RequestKey key{random.next()};
    const Choice choice =
        choose_server({.strategy = strategy}, servers, all_of(servers), key, now, random);
    ++tally[choice.server.slot];
  }
  return tally;
}

constexpr Strategy every_strategy[] = {
    Strategy::round_robin,   Strategy::random,    Strategy::least_connections,
    Strategy::two_choices,   Strategy::peak_ewma, Strategy::least_time,
    Strategy::least_entries, Strategy::prequal,   Strategy::hash};

}  // namespace

BOOST_AUTO_TEST_CASE(each_has_a_name_by_which_it_is_found) {
  BOOST_TEST(strategy_names.size() == std::size(every_strategy));
  for (const Strategy it : every_strategy) BOOST_TEST((strategy_named(to_string(it)) == it));
  BOOST_TEST(!strategy_named("least-conections").has_value());
}

BOOST_AUTO_TEST_CASE(each_chooses_only_among_the_candidates_and_says_why) {
  std::vector<ServerView> servers(40, server(3));
  const std::vector<ServerId> candidates = {5, 17, 38};
  SplitMix random(1);
  for (const Strategy it : every_strategy) {
    BOOST_TEST_INFO_SCOPE(to_string(it));
    for (int i = 0; i < 200; ++i) {
      const RequestKey key{random.next()};
      const Choice choice = choose_server({.strategy = it}, servers, candidates, key, now, random);
      BOOST_TEST(std::count(candidates.begin(), candidates.end(), choice.server) == 1);
      BOOST_TEST(!choice.reason.empty());
      BOOST_TEST(choice.candidate_count > 0U);
    }
    const Choice none = choose_server({.strategy = it}, servers, {}, {}, now, random);
    BOOST_TEST(none.server == no_server);
    BOOST_TEST(none.reason == "none available");
    const Choice one =
        choose_server({.strategy = it}, servers, std::vector<ServerId>{17}, {}, now, random);
    BOOST_TEST(one.server == 17U);
  }
}

BOOST_AUTO_TEST_CASE(the_one_that_the_rule_prefers_is_chosen) {
  using enum Strategy;
  const ServerView failing = [] {
    ServerView view = server(0);
    view.failures = 9;
    return view;
  }();
  const ServerView without_idle = [] {
    ServerView view = server(2);
    view.has_idle = false;
    return view;
  }();
  const ServerView large = [] {
    ServerView view = server(8);
    view.places = 32;
    return view;
  }();
  const ServerView unreported = server();
  const struct {
    const char* name;
    Strategy strategy;
    std::vector<ServerView> servers;
    ServerId want;
  } rows[] = {
      {"fewest in flight", least_connections, {server(3), server(1), server(2)}, 1},
      {"by weight", least_connections, {server(3, 1), server(5, 4), server(2, 1)}, 1},
      {"by size", least_connections, {server(2), large, server(1)}, 1},
      {"failures count as load", least_connections, {server(4), failing}, 0},
      {"an idle worker is preferred", least_connections, {without_idle, server(4)}, 1},
      {"but not at any price", least_connections, {without_idle, server(9)}, 0},
      {"two of two, the less loaded", two_choices, {server(9), server(8)}, 1},
      {"the quicker of equals", peak_ewma, {measured(1, 9ms, 30ms), measured(1, 9ms, 20ms)}, 1},
      {"peak, not mean", peak_ewma, {measured(1, 9ms, 20ms), measured(1, 1ms, 30ms)}, 0},
      {"quick and busy against slow",
       peak_ewma,
       {measured(5, 9ms, 10ms), measured(1, 9ms, 25ms)},
       1},
      {"a peak fades", peak_ewma, {measured(0, 1s, 1s, 60s), measured(0, 20ms, 20ms)}, 0},
      {"mean, not peak", least_time, {measured(1, 9ms, 20ms), measured(1, 1ms, 30ms)}, 1},
      {"the square of it", least_time, {measured(5, 10ms, 1s), measured(1, 25ms, 1s)}, 0},
      {"the unknown is tried",
       least_time,
       {measured(1, 9ms, 9ms), measured(1, 8ms, 8ms), server(0)},
       2},
      {"but not by all", least_time, {measured(0, 20ms, 9ms), measured(0, 8ms, 8ms), server(1)}, 1},
      {"fewest entries", least_entries, {counted(9, 0), counted(8, 7), counted(10, 0)}, 1},
      {"then fewest errors", least_entries, {counted(9, 3), counted(9, 2), counted(9, 2)}, 1},
      {"then the first", least_entries, {counted(9, 2), counted(9, 2)}, 0},
      {"69 of 69 beats 0 of 120", least_entries, {counted(120, 0), counted(69, 69)}, 1},
      {"beyond a double", least_entries, {counted((1ULL << 60) + 1, 0), counted(1ULL << 60, 9)}, 1},
      {"reported first", least_entries, {unreported, counted(7, 7)}, 1},
      {"cold: the quickest",
       prequal,
       {loaded(2, 0, 30ms), loaded(1, 1, 20ms), loaded(9, 0, 1ms), loaded(0, 2, 40ms)},
       1},
      {"own requests count", prequal, {loaded(0, 3, 1ms), loaded(2, 0, 90ms)}, 1},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Choice choice = choose(row.strategy, row.servers, seed);
      BOOST_TEST(choice.server == row.want);
      BOOST_TEST(choice.candidates.front().server == row.want);
    }
  }
}

BOOST_AUTO_TEST_CASE(turns_go_round_and_by_weight_without_long_runs) {
  std::vector<ServerView> servers = {server(0, 5), server(0, 1), server(0, 1)};
  std::string order;
  for (int i = 0; i < 14; ++i) {
    const std::uint32_t id = choose(Strategy::round_robin, servers).server.slot;
    servers[id].turns += 1 / servers[id].weight;
    order += static_cast<char>('a' + id);
  }
  BOOST_TEST(order == "aaabcaaaaabcaa");
}

BOOST_AUTO_TEST_CASE(chance_follows_the_weights) {
  const std::vector<int> count =
      tally(Strategy::random, {server(0, 1), server(0, 2), server(0, 5)}, 8000);
  BOOST_TEST(std::abs(count[0] - 1000) < 120);
  BOOST_TEST(std::abs(count[1] - 2000) < 160);
  BOOST_TEST(std::abs(count[2] - 5000) < 200);
}

BOOST_AUTO_TEST_CASE(equals_have_equal_chances) {
  const std::vector<ServerView> servers = {server(1), server(0), server(0), server(2), server(0)};
  for (const Strategy it :
       {Strategy::least_connections, Strategy::peak_ewma, Strategy::least_time}) {
    BOOST_TEST_INFO_SCOPE(to_string(it));
    const std::vector<int> count = tally(it, servers, 6000);
    for (const std::uint32_t id : {1U, 2U, 4U}) BOOST_TEST(std::abs(count[id] - 2000) < 200);
  }
}

BOOST_AUTO_TEST_CASE(of_two_choices_the_most_loaded_is_never_one) {
  const std::vector<int> count =
      tally(Strategy::two_choices, {server(4), server(0), server(1), server(2)}, 6000);
  BOOST_TEST(count[0] == 0);                    // Always beaten by whoever else was drawn.
  BOOST_TEST(std::abs(count[1] - 3000) < 200);  // In half of all pairs, and wins them.
  BOOST_TEST(std::abs(count[2] - 2000) < 200);
}

BOOST_AUTO_TEST_CASE(among_many_reports_some_are_drawn_so_that_nobody_is_run_over) {
  std::vector<ServerView> servers(64, loaded(1, 0, 20ms));
  servers[9] = loaded(0, 0, 1ms);
  const std::vector<int> count = tally(Strategy::prequal, servers, 4000);
  BOOST_TEST(std::abs(count[9] - 1000) < 150);  // 16 of 64 are looked at.
}

BOOST_AUTO_TEST_CASE(a_report_is_acted_on_twice_if_there_are_others) {
  std::vector<ServerView> servers(8, loaded(1, 0, 20ms));
  servers[3] = loaded(0, 0, 1ms);
  const struct {
    const char* name;
    std::uint32_t sent_to_best, sent_to_others;
    int want;
  } rows[] = {
      {"fresh", 0, 0, 100},
      {"acted on once", 1, 0, 100},
      {"acted on twice", 2, 0, 0},
      {"nobody's is fresh", 2, 2, 100},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    for (ServerView& it : servers) {
      it.reported_at = now;
      it.sent_since_report = row.sent_to_others;
    }
    servers[3].sent_since_report = row.sent_to_best;
    BOOST_TEST(tally(Strategy::prequal, servers, 100)[3] == row.want);
  }
}

BOOST_AUTO_TEST_CASE(the_best_are_told_in_order) {
  const Choice choice = choose(Strategy::least_connections,
                               {server(5), server(2), server(9), server(4), server(7), server(3)});
  const ServerId want[] = {1, 5, 3, 0};
  BOOST_TEST(choice.candidate_count == 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(choice.candidates[i].server == want[i]);
    if (i > 0) BOOST_TEST(choice.candidates[i - 1].score < choice.candidates[i].score);
  }
}

BOOST_AUTO_TEST_SUITE_END()
