// Workers that leave after their quota, and pools of one size.

#include <boost/test/unit_test.hpp>

#include "scenario.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_recycling)

namespace {

/// With a constant load and spares within the band, recycling is all that moves the pool.
class Recycling : public Promises {
 public:
  explicit Recycling(const PoolModel& model) : model_(model) {}

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    const std::uint32_t min_spare = model_.limits.min_spare;
    promise(counts.idle + counts.starting + counts.leaving >= min_spare, now,
            "a missing spare that nobody replaces");
    promise(counts.waiting == 0, now, "recycling made somebody wait");
    if (was_short_ && now > short_since_)
      longest_short = std::max(longest_short, now - short_since_);
    const bool is_short = counts.idle < min_spare;
    if (is_short && !was_short_) short_since_ = now;
    was_short_ = is_short;
  }

  void on_act(const Act& act) override {
    recycled += act.decision.reason == Reason::recycled ? act.decision.spawn : 0;
    promise(act.decision.drain == 0 || act.view.idle > model_.limits.min_spare, act.at,
            "a drain below min-spare");
  }

  std::uint64_t recycled = 0;
  Duration longest_short{0};

 private:
  PoolModel model_;
  bool was_short_ = false;
  TimePoint short_since_;
};

/// A pool of one size. Where all leave at once, one more stands in until they are gone.
class OneSize : public Promises {
 public:
  explicit OneSize(std::uint32_t size) : size_(size) {}

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    promise(counts.total() - counts.leaving <= size_, now, "a static pool has grown");
    promise(counts.total() <= size_ || counts.leaving + 1 >= size_, now,
            "a static pool has more than one for one");
    last = counts;
  }
  void on_act(const Act& act) override {
    promise(act.decision.drain == 0, act.at, "a static pool was drained");
    spawned += act.decision.spawn;
  }

  PoolCounts last;
  std::uint64_t spawned = 0;

 private:
  std::uint32_t size_;
};

PoolModel draw_static_model(SplitMix& random) {
  const std::uint32_t size = between(random, 1, 20);
  PoolModel model;
  model.limits = {.start_workers = size,
                  .min_spare = size,
                  .max_spare = size,
                  .max_workers = size + random.below(10),
                  .policy = draw_policy(random)};
  model.start_delay = between(random, 0s, 1500ms);
  model.exit_delay = between(random, 0s, 1500ms);
  return model;
}

}  // namespace

// At most as many leave at once as are busy, and min-spare is at least that: so no client waits,
// and whatever is missing of min-spare is a worker that leaves or starts.
BOOST_AUTO_TEST_CASE(a_recycled_spare_is_always_on_its_way_back) {
  for_each_seed(600, [](std::uint64_t seed, SplitMix random) {
    PoolModel model;
    const std::uint32_t busy = between(random, 1, 12);
    const std::uint32_t min_spare = between(random, busy, 15);
    const std::uint32_t spare = between(random, min_spare, min_spare + 5);
    model.limits = {.start_workers = busy + spare,
                    .min_spare = min_spare,
                    .max_spare = spare + random.below(3),
                    .max_workers = 100,
                    .policy = draw_policy(random)};
    model.start_delay = between(random, 0s, 30ms);
    model.fork_cost = 100us;
    model.max_requests = between(random, 1, 4);
    model.max_requests_jitter = between(random, 0, 2);
    const auto arrivals = closed_loop(random, busy, 20s);
    Recycling pool(model);
    PoolSimulation run(model, arrivals, seed, pool);
    run.run_until(at(19s));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE_GT(pool.recycled, 0U);
  });
}

// One connection at a time: recyclings do not overlap, so that each can be timed.
BOOST_AUTO_TEST_CASE(recycling_takes_a_spare_for_no_longer_than_leaving_and_starting_take) {
  for_each_seed(400, [](std::uint64_t seed, SplitMix random) {
    PoolModel model;
    const std::uint32_t spare = between(random, 1, 5);
    model.limits = {.start_workers = 1 + spare,
                    .min_spare = spare,
                    .max_spare = spare + 1 + random.below(3),
                    .max_workers = 100,
                    .policy = draw_policy(random)};
    model.start_delay = between(random, 0s, 40ms);
    model.exit_delay = between(random, 0s, 5ms);
    model.fork_cost = 100us;
    model.max_requests = between(random, 1, 10);
    const auto arrivals = closed_loop(random, 1, 40s);
    Recycling pool(model);
    PoolSimulation run(model, arrivals, seed, pool);
    run.run_until(at(39s));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE_LE(pool.longest_short.count(),
                     (model.exit_delay + model.fork_cost + model.start_delay).count());
  });
}

BOOST_AUTO_TEST_CASE(a_static_pool_without_ends_is_never_touched) {
  for_each_seed(400, [](std::uint64_t seed, SplitMix random) {
    const PoolModel model = draw_static_model(random);
    const auto arrivals = draw_storm(random, 10s);
    OneSize pool(model.limits.start_workers);
    PoolSimulation run(model, arrivals, seed, pool);
    run.run_until(at(15s));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE_EQUAL(pool.spawned, 0U);
  });
}

BOOST_AUTO_TEST_CASE(a_static_pool_comes_back_to_its_size_whatever_ends) {
  for_each_seed(1000, [](std::uint64_t seed, SplitMix random) {
    PoolModel model = draw_static_model(random);
    model.max_requests = between(random, 1, 10);
    model.faults = {
        .at_start = random.unit() * 0.5, .in_service = random.unit() * 0.5, .until = at(10s)};
    const auto arrivals = draw_storm(random, 10s);
    OneSize pool(model.limits.start_workers);
    PoolSimulation run(model, arrivals, seed, pool);
    // Long after the faults: a trial may have to prove itself first, and few workers need a while.
    TimePoint now = at(20s);
    const auto whole = [&] {
      return pool.last.idle == model.limits.start_workers && pool.last.total() == pool.last.idle;
    };
    do run.run_until(now = now + 1s);
    while (!whole() && now < at(1h));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE_EQUAL(pool.last.idle, model.limits.start_workers);
    BOOST_REQUIRE_EQUAL(pool.last.total(), model.limits.start_workers);
    const std::uint64_t spawned = pool.spawned;
    run.run_until(now + 60s);
    BOOST_REQUIRE_EQUAL(pool.spawned, spawned);
  });
}

BOOST_AUTO_TEST_SUITE_END()
