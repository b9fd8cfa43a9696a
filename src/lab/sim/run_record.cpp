#include "lab/sim/run_record.hpp"

#include <algorithm>

#include "lab/sim/pool_simulation.hpp"

namespace brood {
namespace {

/// When a second without waiting begins.
class FullServiceWatch {
 public:
  /// From `now` on so many wait.
  void update(TimePoint now, std::uint32_t waiting) {
    close(now);
    if (waiting > 0) {
      if (!rise_) rise_ = now;
      empty_since_.reset();
    } else if (!empty_since_) {
      empty_since_ = now;
    }
  }

  /// It is `now`, and nothing has changed since the last update.
  void close(TimePoint now) {
    if (rise_ && !found_ && empty_since_ && now - *empty_since_ >= std::chrono::seconds{1})
      found_ = *empty_since_ - *rise_;
  }

  bool anybody_waited() const { return rise_.has_value(); }
  std::optional<Duration> found() const { return found_; }

 private:
  std::optional<TimePoint> rise_, empty_since_;
  std::optional<Duration> found_;
};

class RunRecorder : public PoolObserver {
 public:
  RunRecorder(Duration row_interval, Duration sample_interval)
      : row_interval_(row_interval), sample_interval_(sample_interval) {}

  void on_counts(TimePoint now, const PoolCounts& counts) override {
    advance(now);
    counts_ = counts;
    record_.summary.total_max = std::max(record_.summary.total_max, counts.total());
    full_service_.update(now, counts.waiting);
  }

  void on_act(const Act& act) override {
    const Decision& decision = act.decision;
    row_.spawned += decision.spawn;
    row_.drained += decision.drain;
    const bool acted = decision.spawn + decision.drain > 0;
    const bool wanted = act.occasion == Occasion::tick && decision.reason != Reason::in_band;
    if (acted || wanted) row_.reason = decision.reason;
    if (act.occasion == Occasion::tick && act.at.ns % row_interval_.count() == 0) end_row(act);
  }

  RunRecord finish(TimePoint end, const PoolSimulation& simulation) {
    advance(end);
    record_.samples.push_back({end, counts_});
    full_service_.close(end);
    RunSummary& summary = record_.summary;
    summary.arrivals = counts_.arrivals;
    summary.served = simulation.served();
    summary.lost = simulation.lost();
    summary.anybody_waited = full_service_.anybody_waited();
    summary.full_service = full_service_.found();
    std::vector<Duration> waits = simulation.waits();
    const std::vector<Duration> unfinished = simulation.unfinished_waits(end);
    waits.insert(waits.end(), unfinished.begin(), unfinished.end());
    std::ranges::sort(waits);
    summary.wait_p50 = percentile(waits, 50);
    summary.wait_p90 = percentile(waits, 90);
    summary.wait_p99 = percentile(waits, 99);
    summary.wait_max = percentile(waits, 100);
    return std::move(record_);
  }

 private:
  /// The counts were as they are until `now`.
  void advance(TimePoint now) {
    for (; next_sample_ < now; next_sample_ = next_sample_ + sample_interval_)
      record_.samples.push_back({next_sample_, counts_});
    record_.summary.worker_time += (now - last_) * counts_.total();
    last_ = now;
  }

  void end_row(const Act& act) {
    row_.at = act.at;
    row_.counts = act.counts;
    row_.arrivals = act.counts.arrivals - arrivals_before_;
    arrivals_before_ = act.counts.arrivals;
    record_.rows.push_back(row_);
    row_ = {};
  }

  Duration row_interval_, sample_interval_;
  RunRecord record_;
  RunRow row_;
  std::uint64_t arrivals_before_ = 0;
  PoolCounts counts_;
  TimePoint last_, next_sample_;
  FullServiceWatch full_service_;
};

}  // namespace

RunRecord record_run(const PoolModel& model, std::span<const Arrival> arrivals, std::uint64_t seed,
                     Duration duration, Duration row_interval) {
  const TimePoint end = TimePoint{} + duration;
  RunRecorder recorder(row_interval, std::max<Duration>(simulated_look_interval, duration / 800));
  PoolSimulation simulation(model, arrivals, seed, recorder);
  simulation.run_until(end);
  RunRecord record = recorder.finish(end, simulation);
  record.summary.needed_max = peak_concurrency(arrivals);
  return record;
}

std::uint32_t peak_concurrency(std::span<const Arrival> arrivals) {
  std::vector<Duration> ends;
  for (const Arrival& arrival : arrivals) ends.push_back(arrival.at + arrival.service);
  std::ranges::sort(ends);
  std::uint32_t now = 0, most = 0;
  auto end = ends.begin();
  for (const Arrival& arrival : arrivals) {
    // Who ends as another comes hands the worker over. Who comes later cannot end before.
    for (; end != ends.end() && *end <= arrival.at && now > 0; ++end) now -= 1;
    most = std::max(most, ++now);
  }
  return most;
}

Duration percentile(std::span<const Duration> sorted, unsigned percent) noexcept {
  if (sorted.empty()) return Duration{0};
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace brood
