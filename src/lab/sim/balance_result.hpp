#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// What a run came to. Only requests that came after the warm-up count.
struct BalanceResult {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;   ///< Answered with an error, or not at all before the client left.
  std::uint64_t retried = 0;  ///< Attempts beyond the first.
  std::vector<Duration> latencies;      ///< Of those that were answered, ascending.
  std::vector<std::uint64_t> attempts;  ///< That each server was given.
  double probes_per_second = 0;         ///< Of all balancers.
  std::uint32_t taken_out = 0;          ///< How often a balancer took a server out.
  std::uint32_t workers = 0;            ///< Of all servers, at the end.

  /// What so many per mille of all requests did not exceed (nearest rank). A request that failed
  /// took longer than any: nothing, if that many failed.
  std::optional<Duration> quantile(unsigned per_mille) const noexcept;
  double mean_ns() const noexcept;  ///< Of those that were answered.
  double failed_share() const noexcept;
  /// Of the first servers, of all attempts.
  double share_of_first(std::uint32_t count) const noexcept;
};

}  // namespace brood
