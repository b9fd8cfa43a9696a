#pragma once

#include "log/log.hpp"
#include "os/machine_limits.hpp"
#include "serve/models/models.hpp"

namespace brood {

/// What `auto` stands for, and why.
struct AutoSize {
  std::uint32_t max_workers = 0;
  std::uint32_t threads = 0;
  CpuLimit cpus;
  MemoryLimit memory;
};

/// Threads: as many as processors. Workers: 32 for each processor where a worker serves one
/// connection at a time, for it waits most of the time, else 2; but only as many as have room in
/// the memory, at 32 MiB each. Pure.
AutoSize auto_size(const Model& model, const CpuLimit& cpus, const MemoryLimit& memory);

/// Says which limit won.
void log_auto_size(Log& log, const AutoSize& size);

}  // namespace brood
