#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "lab/sim/pool_simulation.hpp"

namespace brood::sim_test {

inline TimePoint at(Duration since_start) {
  return TimePoint{} + since_start;
}

/// Uniform in [least, most].
inline std::uint32_t between(SplitMix& random, std::uint32_t least, std::uint32_t most) {
  return least + random.below(most - least + 1);
}
inline Duration between(SplitMix& random, Duration least, Duration most) {
  return least + Duration{static_cast<std::int64_t>(random.unit() *
                                                    static_cast<double>((most - least).count()))};
}

inline Policy draw_policy(SplitMix& random) {
  return random.below(2) == 0 ? Policy::exponential : Policy::demand;
}

/// Any limits that the command line would let through.
inline PoolLimits draw_limits(SplitMix& random) {
  const std::uint32_t max_workers = between(random, 1, 120);
  const std::uint32_t max_spare = between(random, 0, std::min(max_workers, 20U));
  return {.start_workers = between(random, 1, std::min(max_workers, 30U)),
          .min_spare = between(random, 0, max_spare),
          .max_spare = max_spare,
          .max_workers = max_workers,
          .policy = draw_policy(random)};
}

/// Whatever may come, within a few seconds: a shape, a rate and a service time by chance.
inline std::vector<Arrival> draw_storm(SplitMix& random, Duration duration) {
  const TraceOptions options{
      .shape = static_cast<TraceShape>(random.below(4)),
      .rate = 1 + random.unit() * 60,
      .period = between(random, std::chrono::milliseconds{500}, std::chrono::seconds{5}),
      .duration = duration,
      .service = between(random, std::chrono::milliseconds{1}, std::chrono::milliseconds{1500}),
      .exponential_service = random.below(2) == 0};
  return make_trace(options, random.next());
}

/// As many connections, each of which asks again at the moment in which it was answered: from 0 on
/// so many are busy all the time, if nobody has to wait. They are answered at different times.
inline std::vector<Arrival> closed_loop(SplitMix& random, std::uint32_t connections,
                                        Duration duration) {
  std::vector<Arrival> arrivals;
  for (std::uint32_t i = 0; i < connections; ++i) {
    const Duration service =
        between(random, std::chrono::milliseconds{50}, std::chrono::seconds{3});
    const Duration first = between(random, std::chrono::milliseconds{1}, service);
    arrivals.push_back({.at = Duration{0}, .service = first});
    for (Duration now = first; now < duration; now += service)
      arrivals.push_back({.at = now, .service = service});
  }
  std::ranges::sort(arrivals, {}, &Arrival::at);
  return arrivals;
}

/// An observer that remembers the first broken promise. A Boost.Test check for each of millions of
/// events would take minutes; one for each run does not.
class Promises : public PoolObserver {
 public:
  const std::string& broken() const { return broken_; }
  void on_counts(TimePoint, const PoolCounts&) override {}
  void on_act(const Act&) override {}

 protected:
  void promise(bool kept, TimePoint now, const char* what) {
    if (kept || !broken_.empty()) return;
    broken_ = std::string(what) + " at " + std::to_string(now.ns / 1'000'000) + " ms";
  }

 private:
  std::string broken_;
};

}  // namespace brood::sim_test
