#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "wire/scoreboard.hpp"

namespace bench {

/// How the frames are spread over the time.
enum class Spacing : std::uint8_t {
  even,   ///< Each frame at its own moment; the writer spins.
  ticks,  ///< A millisecond's frames at once, then sleep.
};

struct FloodPlan {
  std::uint32_t frames_per_second = 0;
  std::uint32_t seconds = 0;
  Spacing spacing = Spacing::even;
  int writer_core = 0;
};

/// What the writer has seen; in memory that it shares with the supervisor's process.
struct FloodOutcome {
  std::uint64_t frames_sent = 0;     ///< Taken whole by the kernel, while measured.
  std::uint64_t frames_refused = 0;  ///< Lost: the channel was full.
  std::uint64_t connections = 0;     ///< That the frames and pages told of.
  std::uint64_t bytes_unread = 0;    ///< In all channels, one second after the last frame.
  std::int64_t wall_ns = 0;
  std::int64_t supervisor_cpu_ns = 0;  ///< User and system, while measured.
  bool acknowledged = false;           ///< Every worker was, in time.
};

/// Plays all workers in one process: INIT, waits for each acknowledgement, IDLE; then, round robin
/// and paced, BUSY and IDLE in turn, each as a real worker does it: page first, then a frame,
/// whether or not frames are wanted. At last it asks the supervisor for a dump.
/// \param ends the workers' ends of the channels; the index is the slot.
void play_workers(const brood::Scoreboard& scoreboard, const std::vector<int>& ends,
                  const FloodPlan& plan, pid_t supervisor, FloodOutcome& outcome);

}  // namespace bench
