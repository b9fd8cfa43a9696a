#include "cli/auto_size.hpp"

#include <algorithm>

#include "wire/scoreboard.hpp"

namespace brood {

AutoSize auto_size(const Model& model, const CpuLimit& cpus, const MemoryLimit& memory) {
  constexpr std::uint64_t worker_memory = 32ULL << 20;
  const bool is_blocking = !model.is_pool || &model == &models().front();
  const std::uint64_t by_cpus = std::uint64_t{cpus.cpus} * (is_blocking ? 32 : 2);
  const std::uint64_t by_memory =
      memory.bytes == 0 ? by_cpus : std::max<std::uint64_t>(memory.bytes / worker_memory, 1);
  return {.max_workers = static_cast<std::uint32_t>(
              std::min({by_cpus, by_memory, std::uint64_t{connections_open_max}})),
          .threads = cpus.cpus,
          .cpus = cpus,
          .memory = memory};
}

void log_auto_size(Log& log, const AutoSize& size) {
  log.write(LogEvent{.level = Level::info, .name = "sized"}
                .with("max_workers", std::uint64_t{size.max_workers})
                .with("threads", std::uint64_t{size.threads})
                .with("cpus", std::uint64_t{size.cpus.cpus})
                .with("cpus_by", size.cpus.by)
                .with("memory_mib", size.memory.bytes >> 20)
                .with("memory_by", size.memory.by));
}

}  // namespace brood
