#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "os/scoreboard_memory.hpp"

namespace brood {

/// What a worker finds when it is born; made by the supervisor before the fork.
struct WorkerSeat {
  std::uint32_t slot = 0;
  int channel_fd = -1;            ///< The worker's end; non-blocking.
  std::vector<int> listener_fds;  ///< Non-blocking, shared with every sibling.
  /// Whose queues are the server's: a worker's own listeners, the pool's for the reporter.
  std::vector<int> queue_fds;
  bool is_in_pool = true;  ///< Otherwise nobody waits for frames of its states.
  ScoreboardMemory* scoreboard = nullptr;
  std::uint64_t share = 0;  ///< Connections to serve before EXIT; 0: no limit.
};

/// A worker's whole life; runs in the child, and its result is the exit status.
using WorkerBody = std::function<int(const WorkerSeat&)>;

}  // namespace brood
