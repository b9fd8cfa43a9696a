// What holds for the set of servers and for who follows it, whatever comes and goes.

#include "balance/routing/server_set.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "balance/routing/health.hpp"
#include "balance/routing/probe_plan.hpp"
#include "balance/routing/router.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using Kind = ServerChange::Kind;

BOOST_AUTO_TEST_SUITE(sim_server_set)

namespace {

constexpr TimePoint start{1'000'000'000'000};
constexpr std::uint32_t holders = 3;

BalancedServer server(std::uint32_t number, std::uint32_t weight) {
  BalancedServer it;
  it.settings = {.name = std::to_string(number), .weight = weight};
  it.endpoint.port = static_cast<std::uint16_t>(number);
  return it;
}

/// A control thread with health and probe plan, and so many forwarding threads with a router each,
/// to which what they are told comes late.
class Household {
 public:
  explicit Household(SplitMix& random) : random_(random), set_(holders) {
    for (std::uint32_t i = 0; i < holders; ++i) routers_.push_back({Router({}, {}, random.next())});
  }

  void step() {
    const std::uint32_t number = 1 + random_.below(6);
    switch (random_.below(6)) {
      case 0: follow(set_.put(server(number, 1 + random_.below(3)))); break;
      case 1: follow(set_.remove(server(number, 1).endpoint)); break;
      case 2: hear(routers_[random_.below(holders)]); break;
      case 3: begin(routers_[random_.below(holders)]); break;
      case 4: end(routers_[random_.below(holders)]); break;
      default: tell_late();
    }
    BOOST_REQUIRE(set_.slots() <= most_);
  }

  /// All go, and all is forgotten.
  void empty() {
    for (const ServerChange& change : set_.replace({})) follow(change);
    for (Thread& thread : routers_) {
      while (!thread.told.empty()) hear(thread);
      while (!thread.held.empty()) end(thread);
    }
    BOOST_REQUIRE(set_.ids().empty());
    BOOST_REQUIRE_EQUAL(set_.wanted_count(), 0U);
    BOOST_REQUIRE((plan_.next() == never));
    for (const Thread& thread : routers_)
      for (std::uint32_t slot = 0; slot < thread.router.size(); ++slot)
        BOOST_REQUIRE((thread.router.id_of(slot) == no_server));
  }

 private:
  struct Thread {
    Router router;
    std::vector<ServerChange> told{};  ///< And not heard yet.
    std::vector<ServerId> held{};
  };

  void follow(const ServerChange& change) {
    if (change.kind == Kind::none) return;
    if (change.kind == Kind::added) {
      BOOST_REQUIRE(given_.insert({change.id.slot, change.id.generation}).second);
      ids_.push_back(change.id);
      health_.add(change.id);
      plan_.add(change.id, start);
      most_ = std::max(most_, set_.ids().size());
    }
    if (change.kind == Kind::removed) {
      health_.remove(change.id);
      plan_.remove(change.id);
    }
    if (change.kind == Kind::forgotten) return;
    for (Thread& thread : routers_) thread.told.push_back(change);
  }

  void hear(Thread& thread) {
    if (thread.told.empty()) return;
    const ServerChange change = thread.told.front();
    thread.told.erase(thread.told.begin());
    if (change.kind == Kind::added) {
      thread.router.add(change.id, {}, start);
      thread.router.set_available(change.id, true, start);
    }
    if (change.kind == Kind::updated) thread.router.configure(change.id, {}, start);
    if (change.kind == Kind::removed) left(thread.router.remove(change.id));
  }

  void begin(Thread& thread) {
    const ServerId id = thread.router.choose({}, {}, start).server;
    if (id == no_server) return;
    BOOST_REQUIRE(thread.router.is_wanted(id));
    thread.router.began(id, start);
    thread.held.push_back(id);
  }

  void end(Thread& thread) {
    if (thread.held.empty()) return;
    std::swap(thread.held[random_.below(static_cast<std::uint32_t>(thread.held.size()))],
              thread.held.back());
    const ServerId id = thread.held.back();
    thread.held.pop_back();
    BOOST_REQUIRE(thread.router.view(id).in_flight > 0);
    left(thread.router.ended(id, Outcome::answered, Duration{1}, start));
  }

  void left(ServerId id) {
    if (id != no_server) follow(set_.left(id));
  }

  /// Of any server that there ever was: those that are not wanted any more are not brought back.
  void tell_late() {
    if (ids_.empty()) return;
    const ServerId id = ids_[random_.below(static_cast<std::uint32_t>(ids_.size()))];
    const auto verdict = health_.probed(id, ProbeResult::passed);
    plan_.done(id, true);
    BOOST_REQUIRE(!verdict || set_.is_wanted(id));
    if (!set_.is_wanted(id)) BOOST_REQUIRE((health_.state(id) == HealthState::unknown));
  }

  SplitMix& random_;
  ServerSet set_;
  Health health_{HealthRules{}};
  ProbePlan plan_{ProbeRules{}, 0, 1};
  std::vector<Thread> routers_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> given_;
  std::vector<ServerId> ids_;
  std::size_t most_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_id_is_given_twice_and_all_is_forgotten_in_the_end) {
  for_each_seed(300, [](std::uint64_t, SplitMix random) {
    Household household(random);
    for (int i = 0; i < 400; ++i) household.step();
    household.empty();
  });
}

BOOST_AUTO_TEST_CASE(a_thousand_reloads_leave_nothing_behind) {
  for_each_seed(1, [](std::uint64_t, SplitMix) {
    ServerSet set(1);
    Router router({}, {}, 1);
    std::uint32_t number = 0;
    for (int reload = 0; reload < 1000; ++reload) {
      ++number;
      for (const ServerChange& change : set.replace({server(number, 1), server(number + 1, 1)})) {
        if (change.kind == Kind::added) router.add(change.id, {}, start);
        if (change.kind == Kind::removed) set.left(router.remove(change.id));
      }
    }
    BOOST_TEST(set.slots() <= 4U);
    BOOST_TEST(router.size() <= 4U);
  });
}

BOOST_AUTO_TEST_SUITE_END()
