#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// What may happen to a simulated pool. The order is that of events of one instant: a worker that
/// becomes free at the moment of an arrival takes it, and the supervisor looks when all is done.
enum class PoolEventKind : std::uint8_t {
  finished,  ///< A worker is done with its connection.
  crashed,   ///< A worker dies in the middle of one, or at its start.
  ready,     ///< A worker's start delay is over.
  reaped,    ///< A worker that left is gone.
  arrival,
  owed,  ///< A replacement that had to wait may be made.
  look,  ///< The supervisor reads the workers' pages.
  tick,  ///< The regulator's second.
};

struct PoolEvent {
  TimePoint at;
  PoolEventKind kind = PoolEventKind::tick;
  std::uint32_t worker = 0;  ///< Whose it is, for the kinds that have one.
};

}  // namespace brood
