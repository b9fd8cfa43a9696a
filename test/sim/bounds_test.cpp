// What holds at every moment, whatever the load, the delays and the faults.

#include <boost/test/unit_test.hpp>

#include "scenario.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_bounds)

namespace {

class Bounds : public Promises {
 public:
  explicit Bounds(const PoolLimits& limits) : limits_(limits) {}

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    promise(counts.total() <= limits_.max_workers, now, "more than max-workers");
    promise(counts.idle == 0 || counts.waiting == 0, now, "somebody waits beside a spare");
    last = counts;
  }

  void on_act(const Act& act) override {
    const Decision& decision = act.decision;
    const bool tick = act.occasion == Occasion::tick;
    promise(decision.spawn == 0 || decision.drain == 0, act.at, "spawn and drain at once");
    promise(act.view.total + decision.spawn <= limits_.max_workers, act.at, "spawn over the top");
    promise(decision.spawn <= act.view.spawn_allowance, act.at, "more than may be spawned");
    promise(decision.drain <= (tick ? 1U : 0U), act.at, "more than one drain a tick");
    promise(decision.drain == 0 || act.view.idle > limits_.max_spare, act.at,
            "a drain at or below max-spare");
    promise(decision.drain == 0 || act.view.total - act.view.leaving > 1, act.at,
            "the last worker drained");
    const bool short_of_spares =
        decision.reason == Reason::below_min || decision.reason == Reason::running_dry;
    promise(!short_of_spares ||
                act.view.idle + act.view.starting < limits_.min_spare + act.view.waiting,
            act.at, "spawned though enough are starting");
    promise(act.occasion != Occasion::replacement || decision.spawn <= 1, act.at,
            "more than one for one");
    promise(limits_.policy == Policy::demand || !tick || decision.spawn <= spawn_step_max ||
                limits_.is_static(),
            act.at, "more than the ladder's top");
    promise(!limits_.is_static() || decision.drain == 0, act.at, "a drain from a static pool");
  }

  PoolCounts last;

 private:
  PoolLimits limits_;
};

PoolModel draw_model(SplitMix& random) {
  PoolModel model;
  model.limits = draw_limits(random);
  model.start_delay = between(random, 0s, 2500ms);
  model.fork_cost = between(random, 1us, 8ms);
  model.exit_delay = between(random, 0s, 300ms);
  if (random.below(2) == 0) {
    model.max_requests = between(random, 1, 30);
    model.max_requests_jitter = between(random, 0, 10);
  }
  if (random.below(2) == 0)
    model.faults = {.at_start = random.unit() * random.unit(),
                    .in_service = random.unit() * random.unit(),
                    .until = at(between(random, 0s, 12s))};
  return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_decision_ever_breaks_the_limits) {
  for_each_seed(3000, [](std::uint64_t seed, SplitMix random) {
    const PoolModel model = draw_model(random);
    const std::vector<Arrival> arrivals = draw_storm(random, 10s);
    Bounds bounds(model.limits);
    PoolSimulation run(model, arrivals, seed, bounds);
    run.run_until(at(15s));
    BOOST_REQUIRE_EQUAL(bounds.broken(), "");
    // Nobody is forgotten and nobody served twice.
    BOOST_REQUIRE_EQUAL(run.served() + run.lost() + bounds.last.busy + bounds.last.waiting,
                        arrivals.size());
  });
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_run_again) {
  for_each_seed(50, [](std::uint64_t seed, const SplitMix& random) {
    const auto waits = [&](SplitMix again) {
      const PoolModel model = draw_model(again);
      const std::vector<Arrival> arrivals = draw_storm(again, 10s);
      Bounds bounds(model.limits);
      PoolSimulation run(model, arrivals, seed, bounds);
      run.run_until(at(15s));
      return run.waits();
    };
    BOOST_REQUIRE(waits(random) == waits(random));
  });
}

BOOST_AUTO_TEST_SUITE_END()
