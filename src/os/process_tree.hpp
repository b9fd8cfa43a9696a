#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// A process and all its descendants, the root first, as /proc(5) shows them: each a moment later
/// than the one before. Empty if there is no such process.
std::vector<pid_t> process_tree(pid_t root);

/// What some processes have used since they began.
struct ProcessUsage {
  std::uint32_t processes = 0;
  std::uint32_t threads = 0;
  /// User and system time: of threads that have ended and of children that were waited for as well,
  /// the latter in whole clock ticks.
  Duration cpu{0};
  std::uint64_t switches = 0;  ///< Context switches of the threads that are there, of either kind.
};

/// Processes that have ended meanwhile count as nothing.
ProcessUsage usage_of(const std::vector<pid_t>& pids);

/// Proportional set size in bytes: a page that several processes map counts for each in part, so
/// that a tree's sum is its memory. 0 of who has ended, or is somebody else's.
std::uint64_t proportional_size(const std::vector<pid_t>& pids);

/// Of this machine, in bytes.
struct MachineMemory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;  ///< Without making others swap or die.
};

MachineMemory machine_memory();

}  // namespace brood
