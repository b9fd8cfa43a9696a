#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "serve/pool/regulator.hpp"

namespace brood {

/// How workers fail in a model; nothing here fails unless asked.
struct FaultModel {
  double at_start = 0;    ///< Probability that a new worker dies instead of becoming IDLE.
  double in_service = 0;  ///< Probability that a request kills its worker half-way; it is lost.
  TimePoint until;        ///< From then on all is well.
};

/// What is simulated. Counts and bounds are those of the real pool.
struct PoolModel {
  PoolLimits limits;
  Duration start_delay = std::chrono::milliseconds{2};  ///< From the fork to IDLE.
  Duration fork_cost = std::chrono::microseconds{500};  ///< Forks are made one after the other.
  Duration exit_delay = std::chrono::milliseconds{1};   ///< From EXIT until it has been reaped.
  std::uint32_t max_requests = 0;                       ///< 0: workers are not recycled.
  std::uint32_t max_requests_jitter = 0;                ///< Up to so many more, by chance.
  FaultModel faults{};
};

/// Between two readings of the workers' pages while anything moves: as old as the real supervisor's
/// picture may be.
inline constexpr Duration simulated_look_interval = std::chrono::milliseconds{10};

/// The pool as it is. The four states add up to the total.
struct PoolCounts {
  std::uint32_t starting = 0;  ///< INIT.
  std::uint32_t idle = 0;
  std::uint32_t busy = 0;
  std::uint32_t leaving = 0;   ///< EXIT, until reaped.
  std::uint32_t waiting = 0;   ///< Requests in the accept queue.
  std::uint64_t arrivals = 0;  ///< So far.

  std::uint32_t total() const noexcept { return starting + idle + busy + leaving; }
};

/// What made the supervisor decide.
enum class Occasion : std::uint8_t { tick, look, replacement };

/// One decision, with what it saw.
struct Act {
  TimePoint at;
  Occasion occasion = Occasion::tick;
  PoolView view;
  PoolCounts counts;  ///< Before the decision is carried out.
  Decision decision;
};

/// Is told of a run while it happens.
class PoolObserver {
 public:
  virtual ~PoolObserver() = default;
  /// After each event; the counts stay so until the next call.
  virtual void on_counts(TimePoint now, const PoolCounts& counts) = 0;
  /// For each decision, also one to do nothing.
  virtual void on_act(const Act& act) = 0;
};

}  // namespace brood
