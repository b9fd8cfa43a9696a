// Workers that die as fast as they are made: forks are paced, given up, tried one by one, and when
// the fault is gone the pool comes back.

#include <boost/test/unit_test.hpp>
#include <optional>

#include "scenario.hpp"
#include "seeds.hpp"

using namespace brood;
using namespace brood::sim_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(sim_crash_loop)

namespace {

class CrashLoop : public Promises {
 public:
  /// The rule's memory, which is read at each decision.
  const PoolSimulation* run = nullptr;

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    if (run != nullptr) notice_failure(now);
    last = counts;
  }

  void on_act(const Act& act) override {
    notice_failure(act.at);
    if (act.decision.spawn == 0) return;
    const RestartMemory& restart = run->restart();
    if (restart.failed_starts >= 2 && !restart.open) {
      // 50 ms after the second death in a row, twice as long after each further one, 2 s at most.
      const auto pause = std::min<Duration>(25ms * (1 << (restart.failed_starts - 1)), 2s);
      promise(act.at - failed_at_ >= pause, act.at, "a fork before its time");
      ++paced;
    }
    promise(restart.failed_starts <= 1 || act.decision.spawn == 1, act.at,
            "more than one while paced");
    if (restart.open) {
      promise(!last_trial_ || act.at - *last_trial_ >= trial_interval, act.at, "trials too close");
      last_trial_ = act.at;
      ++trials;
    }
  }

  PoolCounts last;
  std::uint64_t trials = 0;
  std::uint64_t paced = 0;  ///< Forks after the second death in a row, but for trials.

 private:
  void notice_failure(TimePoint now) {
    if (run->restart().failed_starts > failed_starts_) failed_at_ = now;
    failed_starts_ = run->restart().failed_starts;
  }

  std::uint32_t failed_starts_ = 0;
  TimePoint failed_at_;
  std::optional<TimePoint> last_trial_;
};

PoolModel draw_model_until(SplitMix& random, Duration healed) {
  PoolModel model;
  model.limits = draw_limits(random);
  model.limits.min_spare = std::max(model.limits.min_spare, 1U);
  model.limits.max_spare = std::max(model.limits.max_spare, model.limits.min_spare);
  model.limits.max_workers = std::max(model.limits.max_workers, model.limits.max_spare);
  model.start_delay = between(random, 0s, 100ms);
  model.faults = {.at_start = 1, .in_service = 1, .until = at(healed)};
  return model;
}

}  // namespace

// The pause before a trial, the tick that makes it, its proof as of a tick, and one tick to spare.
constexpr Duration recovery = trial_interval + trial_proof + 3 * regulate_interval;

BOOST_AUTO_TEST_CASE(a_crash_loop_is_paced_given_up_and_over_when_its_cause_is) {
  for_each_seed(800, [](std::uint64_t seed, SplitMix random) {
    const Duration healed = between(random, 30s, 60s);
    const PoolModel model = draw_model_until(random, healed);
    const auto arrivals = make_trace({.shape = TraceShape::steady,
                                      .rate = 40,
                                      .duration = healed + 10s,
                                      .service = between(random, 1ms, 50ms)},
                                     random.next());
    CrashLoop pool;
    PoolSimulation run(model, arrivals, seed, pool);
    pool.run = &run;
    run.run_until(at(20s));
    BOOST_REQUIRE(run.restart().open);
    BOOST_REQUIRE_EQUAL(pool.last.idle, 0U);
    run.run_until(at(healed));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    // Eight deaths open the circuit after the second. A worker dies within 0.11 s of its fork and
    // the shortest pause is 0.05 s: no more than three forks can have been one death ahead.
    BOOST_REQUIRE_LE(pool.paced, failed_starts_max - 2 + 3);
    BOOST_REQUIRE_GT(pool.trials, 0U);
    BOOST_REQUIRE_LE(pool.trials, static_cast<std::uint64_t>(healed / trial_interval) + 1);
    run.run_until(at(healed) + recovery);
    BOOST_REQUIRE(!run.restart().open);
    run.run_until(at(healed) + 10min);
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE_EQUAL(pool.last.waiting, 0U);
    BOOST_REQUIRE_GE(pool.last.idle, std::min(model.limits.min_spare, model.limits.max_workers));
  });
}

BOOST_AUTO_TEST_CASE(a_trial_proves_itself_without_a_client) {
  for_each_seed(300, [](std::uint64_t seed, SplitMix random) {
    const Duration healed = between(random, 20s, 40s);
    const PoolModel model = draw_model_until(random, healed);
    // Enough to kill all, then silence.
    std::vector<Arrival> arrivals(200, Arrival{.at = 10ms, .service = 10ms});
    arrivals.resize(model.limits.start_workers);
    CrashLoop pool;
    PoolSimulation run(model, arrivals, seed, pool);
    pool.run = &run;
    run.run_until(at(healed));
    BOOST_REQUIRE(run.restart().open);
    run.run_until(at(healed) + recovery);
    BOOST_REQUIRE(!run.restart().open);
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
  });
}

BOOST_AUTO_TEST_CASE(workers_that_serve_are_kept_while_new_ones_crash) {
  for_each_seed(300, [](std::uint64_t seed, SplitMix random) {
    PoolModel model = draw_model_until(random, 60s);
    model.faults.in_service = 0;
    model.limits.max_spare = std::max(model.limits.max_spare, model.limits.start_workers);
    model.limits.max_workers = model.limits.max_spare + model.limits.start_workers;
    // Twice the load that the first workers bear, so that more are wanted all the time.
    const auto arrivals = make_trace({.shape = TraceShape::steady,
                                      .rate = 2.0 * model.limits.start_workers,
                                      .duration = 50s,
                                      .service = 1s},
                                     random.next());
    CrashLoop pool;
    PoolSimulation run(model, arrivals, seed, pool);
    pool.run = &run;
    run.run_until(at(50s));
    BOOST_REQUIRE_EQUAL(pool.broken(), "");
    BOOST_REQUIRE(model.limits.is_static() || run.restart().open);
    BOOST_REQUIRE_GE(pool.last.busy + pool.last.idle, model.limits.start_workers);
  });
}

BOOST_AUTO_TEST_SUITE_END()
