#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lab/sim/pool_model.hpp"
#include "lab/sim/trace.hpp"

namespace brood {

/// One line of a run's table. The counts are those that the row's last tick saw, before it acted;
/// the sums are over the time since the row before, that tick included.
struct RunRow {
  TimePoint at;
  PoolCounts counts;
  std::uint64_t arrivals = 0;
  std::uint64_t spawned = 0;
  std::uint64_t drained = 0;
  /// Of the row's last act that spawned or drained, or of its last tick that wanted to.
  Reason reason = Reason::in_band;
};

/// The counts from a moment on, for a plot.
struct RunSample {
  TimePoint at;
  PoolCounts counts;
};

struct RunSummary {
  std::uint64_t arrivals = 0;
  std::uint64_t served = 0;
  std::uint64_t lost = 0;
  std::uint32_t total_max = 0;
  /// The most workers that would have been busy at once, had nobody ever waited.
  std::uint32_t needed_max = 0;
  bool anybody_waited = false;
  /// From the first request that had to wait to the beginning of the first whole second in which
  /// the queue stayed empty. Nothing if nobody waited, or if the run ended before.
  std::optional<Duration> full_service;
  /// Of the requests' waits: so many per cent were not longer. A request that nobody had taken by
  /// the end counts with what it had waited by then.
  Duration wait_p50{0}, wait_p90{0}, wait_p99{0}, wait_max{0};
  Duration worker_time{0};  ///< Each worker's time from spawn to reaping, added up.

  /// How many workers more than ever needed there were at most.
  std::uint32_t over_spawn() const noexcept {
    return total_max > needed_max ? total_max - needed_max : 0;
  }
};

struct RunRecord {
  std::vector<RunRow> rows;
  std::vector<RunSample> samples;  ///< At most about 800, evenly spaced; the last is at the end.
  RunSummary summary;
};

/// A whole run of the model over the arrivals, from 0 to `duration`.
/// \param row_interval  a multiple of regulate_interval.
RunRecord record_run(const PoolModel& model, std::span<const Arrival> arrivals, std::uint64_t seed,
                     Duration duration, Duration row_interval);

/// The most arrivals that are in service at one moment if each is served at once.
std::uint32_t peak_concurrency(std::span<const Arrival> arrivals);

/// The value that `percent` of the values do not exceed (nearest rank); 0 of none.
/// \param sorted  ascending.
Duration percentile(std::span<const Duration> sorted, unsigned percent) noexcept;

}  // namespace brood
