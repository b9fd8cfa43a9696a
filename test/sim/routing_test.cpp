// What holds for the choice of a server whatever happens, and what a server that fails at once may
// never get out of it.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <queue>
#include <string>
#include <vector>

#include "balance/routing/probe_plan.hpp"
#include "balance/routing/router.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_routing)

namespace {

constexpr TimePoint start{1'000'000'000'000};

Duration between(SplitMix& random, Duration least, Duration most) {
  const double span = static_cast<double>((most - least).count());
  return least + Duration{static_cast<std::int64_t>(random.unit() * span)};
}

ReportedLoad draw_report(SplitMix& random) {
  return {.entries = random.below(1000),
          .errors = random.below(10),
          .is_detailed = random.below(2) == 0,
          .epoch = random.below(2),
          .busy = random.below(8),
          .idle = random.below(8),
          .max = random.below(20),
          .in_flight = random.below(30),
          .latency = between(random, 0s, 100ms),
          .is_draining = random.below(10) == 0};
}

struct Request {
  TimePoint ends_at;
  TimePoint began_at;
  ServerId server = no_server;
  friend bool operator>(const Request& a, const Request& b) { return a.ends_at > b.ends_at; }
};

/// Anything may happen to the servers; a model of its own knows who may be chosen.
class Storm {
 public:
  explicit Storm(SplitMix& random)
      : random_(random),
        settings_{.strategy = static_cast<Strategy>(random.below(strategy_names.size())),
                  .slow_start = between(random, 0s, 20s),
                  .try_all = random.below(4) == 0},
        router_(settings_, draw_servers(), random.next()),
        up_(router_.size()),
        in_flight_(router_.size()) {}

  void step() {
    now_ = now_ + between(random_, 0s, 50ms);
    const std::uint32_t server = random_.below(router_.size());
    switch (random_.below(12)) {
      case 0: router_.set_available(server, up_[server] = random_.below(3) > 0, now_); break;
      case 1: router_.reported(server, draw_report(random_), 1ms, now_); break;
      case 2: router_.reported_late(server, draw_report(random_), 3s, now_); break;
      case 3: router_.set_draining(server, random_.below(3) == 0); break;
      case 4:
      case 5:
      case 6:
      case 7: end(server); break;
      default: choose(server);
    }
  }

 private:
  std::vector<ServerSettings> draw_servers() {
    std::vector<ServerSettings> servers(1 + random_.below(6));
    for (std::size_t i = 0; i < servers.size(); ++i)
      servers[i] = {.name = std::to_string(i),
                    .weight = 1 + random_.below(4),
                    .max = random_.below(2) * random_.below(6),
                    .is_backup = random_.below(4) == 0};
    return servers;
  }

  void end(std::uint32_t server) {
    if (in_flight_[server] == 0) return;
    --in_flight_[server];
    router_.answering(server, between(random_, 0s, 1s), now_);
    router_.ended(server, static_cast<Outcome>(random_.below(4)), between(random_, 0s, 1s), now_);
    BOOST_REQUIRE_EQUAL(router_.view(server).in_flight, in_flight_[server]);
  }

  void choose(std::uint32_t tried_one) {
    std::vector<ServerId> tried;
    if (random_.below(3) == 0) tried.push_back(tried_one);
    const Choice choice = router_.choose({random_.next()}, tried, now_, 1 + random_.below(20));
    BOOST_REQUIRE(!choice.reason.empty());
    if (choice.server == no_server) return judge_refusal(choice);
    const ServerView& view = router_.view(choice.server);
    BOOST_REQUIRE(view.in_flight < view.limit);
    BOOST_REQUIRE(view.limit >= 1U);
    BOOST_REQUIRE(view.weight > 0);
    BOOST_REQUIRE(view.is_available || settings_.try_all);
    const bool is_second_choice = view.is_backup || !tried.empty();
    for (std::uint32_t id = 0; !is_second_choice && id < router_.size(); ++id)
      BOOST_REQUIRE(view.is_available || !router_.view(id).is_available);
    if (std::find(tried.begin(), tried.end(), choice.server) != tried.end())
      BOOST_REQUIRE(!router_.has_other(tried));
    ++in_flight_[choice.server.slot];
    router_.began(choice.server, now_);
  }

  /// Nobody waits for nothing: is_full means that a request is in flight and will give its place.
  void judge_refusal(const Choice& choice) {
    bool is_any_available = settings_.try_all;
    std::uint32_t in_flight = 0;
    for (std::uint32_t id = 0; id < router_.size(); ++id) {
      is_any_available = is_any_available || router_.view(id).is_available;
      in_flight += in_flight_[id];
    }
    BOOST_REQUIRE_EQUAL(choice.is_full, is_any_available);
    BOOST_REQUIRE(!choice.is_full || in_flight > 0);
  }

  SplitMix& random_;
  RoutingSettings settings_;
  Router router_;
  std::vector<bool> up_;
  std::vector<std::uint32_t> in_flight_;
  TimePoint now_ = start;
};

/// The share of the requests that the first of four servers gets if it fails each at once, while
/// the others answer after 20 ms on the mean.
double share_of_a_sinkhole(Strategy strategy, SplitMix random) {
  Router router({.strategy = strategy}, std::vector<ServerSettings>(4, {.name = "s", .max = 20}),
                random.next());
  for (std::uint32_t id = 0; id < 4; ++id) router.set_available(id, true, start);
  std::priority_queue<Request, std::vector<Request>, std::greater<>> in_flight;
  TimePoint now = start;
  int first = 0;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    now = now + Duration{static_cast<std::int64_t>(random.exponential(1e6))};
    for (; !in_flight.empty() && in_flight.top().ends_at <= now; in_flight.pop()) {
      const Request& it = in_flight.top();
      const Duration took = it.ends_at - it.began_at;
      if (it.server != 0) router.answering(it.server, took, it.ends_at);
      router.ended(it.server, it.server == 0 ? Outcome::failed : Outcome::answered, took,
                   it.ends_at);
    }
    const ServerId server = router.choose({random.next()}, {}, now).server;
    if (server == no_server) continue;
    first += server == 0;
    const double ms = server == 0 ? 0.1 : random.exponential(20);
    router.began(server, now);
    in_flight.push({now + Duration{static_cast<std::int64_t>(ms * 1e6)}, now, server});
  }
  return first / double{count};
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_choice_ever_breaks_limits_health_or_order) {
  for_each_seed(1000, [](std::uint64_t, SplitMix random) {
    Storm storm(random);
    for (int i = 0; i < 300; ++i) storm.step();
  });
}

BOOST_AUTO_TEST_CASE(a_server_that_fails_at_once_never_gains_share) {
  const struct {
    Strategy strategy;
    double most;
  } rows[] = {
      {Strategy::round_robin, 0.2501},     {Strategy::random, 0.27},
      {Strategy::least_connections, 0.05}, {Strategy::two_choices, 0.05},
      {Strategy::peak_ewma, 0.1},          {Strategy::least_time, 0.05},
      {Strategy::prequal, 0.27},           {Strategy::least_entries, 1},
  };
  for (const auto& row : rows)
    for_each_seed(5, [&](std::uint64_t, SplitMix random) {
      BOOST_TEST_INFO_SCOPE(to_string(row.strategy));
      BOOST_TEST(share_of_a_sinkhole(row.strategy, random) <= row.most);
    });
}

BOOST_AUTO_TEST_CASE(probes_stay_within_their_budget_whatever_happens) {
  for_each_seed(300, [](std::uint64_t seed, SplitMix random) {
    const ProbeRules rules{.interval = between(random, 10ms, 5s),
                           .requests = random.below(10),
                           .jitter = random.unit() / 2,
                           .budget = 1.0 + random.below(40)};
    ProbePlan plan(rules, 1 + random.below(100), seed);
    std::vector<ServerId> being_probed;
    std::vector<TimePoint> starts;
    TimePoint now = start;
    for (int i = 0; i < 500; ++i) {
      now = now + between(random, 0s, 100ms);
      if (random.below(3) == 0) plan.accepted(random.below(5));
      if (random.below(9) == 0) plan.hurry(now);
      for (const ServerId id : plan.due(now)) {
        BOOST_REQUIRE(std::find(being_probed.begin(), being_probed.end(), id) ==
                      being_probed.end());
        being_probed.push_back(id);
        starts.push_back(now);
      }
      while (!being_probed.empty() && random.below(3) > 0) {
        plan.done(being_probed.back(), random.below(2) == 0);
        being_probed.pop_back();
      }
    }
    const auto most = static_cast<std::size_t>(rules.budget);
    for (std::size_t i = most; i < starts.size(); ++i)
      BOOST_REQUIRE((starts[i] - starts[i - most] >= 1s));
  });
}

BOOST_AUTO_TEST_SUITE_END()
