#pragma once

#include <sys/types.h>

#include <span>

#include "base/result.hpp"
#include "os/worker_spec.hpp"

namespace brood {

/// Where worker processes come from.
class WorkerSource {
 public:
  virtual ~WorkerSource() = default;

  /// Starts a process that is the caller's child and lives by `spec`. Its slot, page and channel
  /// are there before it is. \param descriptors that it keeps besides stdio, ascending. \return the
  /// pid, or why there is none (EAGAIN, ENOMEM), with nothing left behind.
  virtual Result<pid_t> start(const WorkerSpec& spec, std::span<const int> descriptors) = 0;
};

}  // namespace brood
