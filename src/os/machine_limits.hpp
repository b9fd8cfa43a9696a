#pragma once

#include <cstdint>
#include <string>

namespace brood {

// What this process may use, not what the machine has: a container sees all of the machine and has
// a part of it.

struct CpuLimit {
  std::uint32_t cpus = 1;  ///< Rounded up; at least 1.
  std::string by;          ///< What bounds it: "affinity", or the file that says so.
};

/// The least of the affinity mask (sched_setaffinity(2)) and of the quotas of all its control
/// groups: `cpu.max` of version 2, `cpu.cfs_quota_us` of version 1. \param root see
/// control_groups(); the mask is the process's own.
CpuLimit cpu_limit(const std::string& root = "");

struct MemoryLimit {
  std::uint64_t bytes = 0;  ///< 0: nobody tells.
  std::string by;           ///< What bounds it: "machine", or the file that says so.
};

/// The least of the machine's memory and of the limits of all its control groups: `memory.max` or
/// `memory.high` of version 2, `memory.limit_in_bytes` of version 1.
MemoryLimit memory_limit(const std::string& root = "");

}  // namespace brood
