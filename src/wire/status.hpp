#pragma once
// wire: level 1. What crosses a process boundary: frames, the layout of the scoreboard, the health
// document. Bytes in, values out; no sockets, no clocks, no exceptions. Everything here is read as
// one reads a packet from a stranger.

#include <cstdint>

namespace brood {

/// A worker's states. The numbers are those of frames and of the scoreboard.
enum class WorkerState : std::uint8_t {
  init = 1,  ///< Forked; serves nobody until the supervisor acknowledges it.
  idle = 2,  ///< A spare.
  busy = 3,  ///< Has accepted a connection.
  exit = 4,  ///< Has served its quota, or was told to leave, and leaves by itself.
};

/// "INIT", "IDLE", "BUSY", "EXIT".
constexpr const char* to_string(WorkerState state) noexcept {
  switch (state) {
    case WorkerState::init: return "INIT";
    case WorkerState::idle: return "IDLE";
    case WorkerState::busy: return "BUSY";
    case WorkerState::exit: return "EXIT";
  }
  return "?";
}

/// What a worker has done so far. Each only grows.
struct WorkerCounts {
  std::uint64_t connections = 0;  ///< Accepted, the present one included.
  std::uint64_t entries = 0;      ///< Requests answered; probes are not counted.
  std::uint64_t errors = 0;       ///< Of those, answered with a status of 400 or above.

  friend bool operator==(const WorkerCounts&, const WorkerCounts&) = default;
};

}  // namespace brood
