#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "wire/scoreboard.hpp"

namespace brood {

/// What a worker is started with; made by the supervisor before there is a process. Bytes and
/// numbers of descriptors: whoever starts the process need not be the supervisor's own memory.
struct WorkerSpec {
  std::uint32_t slot = 0;
  std::uint32_t generation = 1;     ///< Of the configuration that it serves by.
  std::uint64_t request_quota = 0;  ///< Connections to serve before EXIT; 0: no limit.
  bool is_in_pool = true;           ///< Otherwise nobody waits for frames of its states.
  int channel_fd = -1;              ///< The worker's end; non-blocking.
  int scoreboard_fd = -1;           ///< Until it has restricted itself to its own page.
  std::vector<int> listener_fds;    ///< Non-blocking, shared with every sibling.
  /// Whose queues are the server's: a worker's own listeners, the pool's for the reporter.
  std::vector<int> queue_fds;

  /// All that its process keeps besides stdio, ascending.
  std::vector<int> descriptors() const {
    std::vector<int> all = listener_fds;
    all.insert(all.end(), queue_fds.begin(), queue_fds.end());
    all.insert(all.end(), {channel_fd, scoreboard_fd});
    std::sort(all.begin(), all.end());
    return all;
  }
};

/// What a worker finds when it is born: that, and the scoreboard as its process has it mapped.
struct WorkerPlace : WorkerSpec {
  Scoreboard scoreboard;
};

}  // namespace brood
