// Once the load is steady, the spares come back into the band within a bound that follows from the
// rule, and then nothing is spawned or drained any more.
//
// What the bounds are made of:
//   Growing by the ladder. 1, 2, 4 ... 32, 32 ... workers come with successive ticks, so that n
//   missing ones need ladder_ticks(n) ticks; the first is less than a second away. It holds where
//   forking and starting 32 workers takes less than a second: otherwise a tick finds the workers of
//   the last one still starting, awaits them, and leaves a rung out.
//   Growing by demand. While nobody is idle, each look (10 ms) makes as many workers as the
//   allowance permits; what is then still missing of min-spare comes with ticks, as many a tick.
//   Either way the last worker is ready after the forks before it, among them those of a decision
//   made just before the load became steady, and its start delay.
//   Shrinking. One spare a tick. There may be as many too many as the ladder's last step gave
//   beyond need (31 at most) or as were there at the beginning.

#include <boost/test/unit_test.hpp>

#include "scenario.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_settling)

namespace {

std::uint32_t ladder_ticks(std::uint32_t missing) {
  std::uint32_t ticks = 0;
  for (std::uint32_t step = 1, sum = 0; sum < missing; step = std::min(step * 2, spawn_step_max)) {
    sum += step;
    ++ticks;
  }
  return ticks;
}

std::uint32_t above(std::uint32_t a, std::uint32_t b) {
  return a > b ? a - b : 0;
}

std::uint32_t quotient_up(std::uint32_t a, std::uint32_t b) {
  return (a + b - 1) / b;
}

/// How long the pool may take from the moment from which the load is steady.
struct SettlingBound {
  Duration growing;    ///< Until nothing is spawned any more.
  Duration starting;   ///< Until min-spare are idle.
  Duration shrinking;  ///< Until all is calm.
};

/// \param total  workers at that moment.
/// \param busy   requests that are served or wait.
SettlingBound settling_bound(const PoolModel& model, std::uint32_t total, std::uint32_t busy) {
  const PoolLimits& limits = model.limits;
  const std::uint32_t missing = above(busy + limits.min_spare, total);
  std::uint32_t excess = above(total, busy + limits.max_spare);
  Duration growing{0}, forks{0};
  if (limits.policy == Policy::exponential) {
    growing = ladder_ticks(missing) * regulate_interval;
    forks = spawn_step_max * model.fork_cost;
    excess = std::max(excess, above(limits.min_spare + spawn_step_max - 1, limits.max_spare));
  } else {
    const std::uint32_t allowance = fork_allowance(model.fork_cost, simulated_look_interval);
    const std::uint32_t ticks = quotient_up(std::min(missing, limits.min_spare), allowance);
    growing = quotient_up(missing, allowance) * simulated_look_interval + ticks * regulate_interval;
    forks = (missing + allowance) * model.fork_cost;
  }
  const Duration starting = growing + forks + model.start_delay;
  return {growing, starting, starting + excess * regulate_interval + model.exit_delay};
}

/// Notes until when the pool was not as it is to be.
class Settling : public Promises {
 public:
  explicit Settling(const PoolLimits& limits) : limits_(limits) {}

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    if (last.idle < limits_.min_spare) short_until = now;
    if (last.idle > limits_.max_spare) surplus_until = now;
    last = counts;
  }
  void on_act(const Act& act) override {
    if (act.decision.spawn > 0) spawned_at = act.at;
    if (act.decision.drain > 0) drained_at = act.at;
    spawned += act.decision.spawn;
    drained += act.decision.drain;
  }

  PoolCounts last;
  TimePoint short_until, surplus_until, spawned_at, drained_at;
  std::uint64_t spawned = 0, drained = 0;

 private:
  PoolLimits limits_;
};

/// Where the bounds hold: see above.
PoolModel draw_brisk_model(SplitMix& random) {
  PoolModel model;
  model.limits = draw_limits(random);
  // A static pool has no band; with no spares to keep, the ladder is never climbed.
  model.limits.min_spare = std::max(model.limits.min_spare, 1U);
  model.limits.max_spare = std::max(model.limits.max_spare, model.limits.min_spare + 1);
  model.limits.max_workers = std::max(model.limits.max_workers, model.limits.max_spare + 1);
  model.start_delay = between(random, 0s, 600ms);
  model.fork_cost = between(random, 1us, 5ms);
  model.exit_delay = between(random, 0s, 100ms);
  return model;
}

/// Requests that are served for longer than any run.
std::vector<Arrival> endless(SplitMix& random, std::uint32_t count, Duration until) {
  std::vector<Arrival> arrivals;
  for (std::uint32_t i = 0; i < count; ++i)
    arrivals.push_back({.at = between(random, 0s, until), .service = 24h});
  std::ranges::sort(arrivals, {}, &Arrival::at);
  return arrivals;
}

void require_settled(const Settling& pool, TimePoint steady, const SettlingBound& bound) {
  BOOST_REQUIRE_LE((pool.spawned_at - steady).count(), bound.growing.count());
  BOOST_REQUIRE_LE((pool.short_until - steady).count(), bound.starting.count());
  BOOST_REQUIRE_LE((pool.surplus_until - steady).count(), bound.shrinking.count());
  BOOST_REQUIRE_LE((pool.drained_at - steady).count(), bound.shrinking.count());
}

}  // namespace

BOOST_AUTO_TEST_CASE(after_a_rise_the_spares_come_into_the_band_in_time_and_stay_there) {
  for_each_seed(1500, [](std::uint64_t seed, SplitMix random) {
    const PoolModel model = draw_brisk_model(random);
    const PoolLimits& limits = model.limits;
    const std::uint32_t busy = between(random, 0, limits.max_workers - limits.min_spare);
    const auto arrivals = endless(random, busy, 1s);
    Settling pool(limits);
    PoolSimulation run(model, arrivals, seed, pool);
    run.run_until(at(1s));  // From here on the load is steady; what was spawned so far is a gain.
    const SettlingBound bound = settling_bound(model, limits.start_workers, busy);
    run.run_until(at(1s) + bound.shrinking + 60s);
    BOOST_REQUIRE_EQUAL(pool.last.busy, busy);
    require_settled(pool, at(1s), bound);
  });
}

BOOST_AUTO_TEST_CASE(after_a_storm_the_spares_come_into_the_band_in_time_and_stay_there) {
  for_each_seed(1500, [](std::uint64_t seed, SplitMix random) {
    const PoolModel model = draw_brisk_model(random);
    const PoolLimits& limits = model.limits;
    const std::uint32_t busy = between(random, 0, above(limits.max_workers - limits.min_spare, 1));
    auto arrivals = draw_storm(random, 8s);
    std::ranges::copy(endless(random, busy, 8s), std::back_inserter(arrivals));
    std::ranges::sort(arrivals, {}, &Arrival::at);
    Settling pool(limits);
    PoolSimulation run(model, arrivals, seed, pool);
    // Until nothing but the endless requests is left. Few workers may need a while for a storm.
    TimePoint now = at(9s);
    do run.run_until(now = now + 1s);
    while ((pool.last.busy != busy || pool.last.waiting > 0) && now < at(2h));
    BOOST_REQUIRE_EQUAL(pool.last.busy, busy);
    const SettlingBound bound = settling_bound(model, pool.last.total(), busy);
    run.run_until(now + bound.shrinking + 60s);
    require_settled(pool, now, bound);
  });
}

BOOST_AUTO_TEST_CASE(a_constant_load_moves_nothing_but_one_surplus_spare_a_tick) {
  for_each_seed(800, [](std::uint64_t seed, SplitMix random) {
    PoolModel model = draw_brisk_model(random);
    PoolLimits& limits = model.limits;
    const std::uint32_t busy = between(random, 0, 30);
    const std::uint32_t spare = between(random, limits.min_spare, limits.max_spare + 10);
    limits.start_workers = busy + spare;
    limits.max_workers = std::max(limits.max_workers, limits.start_workers);
    const auto arrivals = closed_loop(random, busy, 40s);
    Settling pool(limits);
    PoolSimulation run(model, arrivals, seed, pool);
    run.run_until(at(39s));
    BOOST_REQUIRE_EQUAL(pool.spawned, 0U);
    BOOST_REQUIRE_EQUAL(pool.last.idle, std::min(spare, limits.max_spare));
    BOOST_REQUIRE_EQUAL(pool.drained, above(spare, limits.max_spare));
    BOOST_REQUIRE_LE(pool.drained_at.ns, at(above(spare, limits.max_spare) * 1s).ns);
  });
}

BOOST_AUTO_TEST_SUITE_END()
