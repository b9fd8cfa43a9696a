#include "lab/sim/balance_result.hpp"

#include <algorithm>
#include <numeric>

namespace brood {

std::optional<Duration> BalanceResult::quantile(unsigned per_mille) const noexcept {
  const std::uint64_t rank = (requests * per_mille + 999) / 1000;
  if (rank == 0 || rank > latencies.size()) return std::nullopt;
  return latencies[rank - 1];
}

double BalanceResult::mean_ns() const noexcept {
  if (latencies.empty()) return 0;
  // In whole nanoseconds: the sum does not depend on how additions are rounded.
  const Duration sum = std::accumulate(latencies.begin(), latencies.end(), Duration{0});
  return static_cast<double>(sum.count()) / static_cast<double>(latencies.size());
}

double BalanceResult::failed_share() const noexcept {
  return requests == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(requests);
}

double BalanceResult::share_of_first(std::uint32_t count) const noexcept {
  const auto middle = attempts.begin() + std::min<std::ptrdiff_t>(count, std::ssize(attempts));
  const auto first = std::accumulate(attempts.begin(), middle, std::uint64_t{0});
  const auto all = std::accumulate(middle, attempts.end(), first);
  return all == 0 ? 0 : static_cast<double>(first) / static_cast<double>(all);
}

}  // namespace brood
