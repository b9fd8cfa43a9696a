#pragma once

#include <cstdint>
#include <string>

namespace brood {

/// The two numbers of a health document. Requests answered since start, those of ended workers
/// included; and of those, the ones answered with a status of 400 or above. Probes count in
/// neither.
struct HealthTotals {
  std::uint64_t errors = 0;
  std::uint64_t entries = 0;
};

/// "<errors>\n<entries>\n", decimal.
inline std::string format_health(const HealthTotals& totals) {
  return std::to_string(totals.errors) + '\n' + std::to_string(totals.entries) + '\n';
}

}  // namespace brood
