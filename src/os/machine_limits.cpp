#include "os/machine_limits.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

#include "os/control_groups.hpp"
#include "os/cpu_affinity.hpp"

namespace brood {
namespace {

/// The numbers of a file; "max" is none. At most two.
struct Numbers {
  std::optional<double> first, second;
};

Numbers numbers_in(const std::string& path) {
  std::ifstream file(path);
  const auto next = [&file]() -> std::optional<double> {
    double number = 0;
    if (file >> number) return number;
    return std::nullopt;
  };
  const auto first = next();
  return {first, first ? next() : std::nullopt};
}

/// Processors' worth of time. Nothing: no bound.
std::optional<double> quota_of(const std::string& folder, bool is_v2, std::string& file) {
  file = folder + (is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us");
  Numbers quota = numbers_in(file);
  if (!is_v2) quota.second = numbers_in(folder + "/cpu.cfs_period_us").first;
  if (!quota.first || !quota.second || *quota.first <= 0 || *quota.second <= 0) return std::nullopt;
  return *quota.first / *quota.second;
}

}  // namespace

CpuLimit cpu_limit(const std::string& root) {
  double cpus = static_cast<double>(std::max<std::size_t>(allowed_cpus().size(), 1));
  CpuLimit limit{.by = "affinity"};
  for (const ControlGroups& groups : control_groups("cpu", root)) {
    for (const std::string& folder : groups.folders) {
      std::string file;
      const auto quota = quota_of(root + folder, groups.is_v2, file);
      if (!quota || *quota >= cpus) continue;
      cpus = *quota;
      limit.by = file.substr(root.size());
    }
  }
  limit.cpus = static_cast<std::uint32_t>(std::max(1.0, std::ceil(cpus)));
  return limit;
}

MemoryLimit memory_limit(const std::string& root) {
  MemoryLimit limit;
  std::ifstream file(root + "/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  if (file >> name >> kib && name == "MemTotal:") limit = {kib * 1024, "machine"};
  for (const ControlGroups& groups : control_groups("memory", root)) {
    for (const std::string& folder : groups.folders) {
      for (const char* const bound : {"/memory.max", "/memory.high", "/memory.limit_in_bytes"}) {
        const auto bytes = numbers_in(root + folder + bound).first;
        // "No limit" of version 1 is a number above every machine's.
        if (!bytes || *bytes <= 0 || *bytes >= static_cast<double>(limit.bytes)) continue;
        limit = {static_cast<std::uint64_t>(*bytes), folder + bound};
      }
    }
  }
  return limit;
}

}  // namespace brood
