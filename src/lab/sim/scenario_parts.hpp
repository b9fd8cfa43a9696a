#pragma once
// What the scenarios are built of.

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lab/sim/balance_scenarios.hpp"

namespace brood::scenario {

using Variants = std::vector<BalanceVariant>;

constexpr TimePoint at(Duration since_start) {
  return TimePoint{} + since_start;
}

/// Pre-fork servers of a fixed number of workers, all alike, under a steady load.
BalanceModel prefork(std::uint32_t servers, std::uint32_t workers, Duration service, double rate);

/// The strategies that are compared where nothing else is said.
inline constexpr Strategy usual[] = {
    Strategy::round_robin, Strategy::random,    Strategy::least_connections,
    Strategy::two_choices, Strategy::peak_ewma, Strategy::least_time,
    Strategy::prequal};

/// A variant for each strategy; just one, if `only` says which.
void add_strategies(Variants& variants, const BalanceModel& model, std::span<const Strategy> all,
                    std::optional<Strategy> only, const std::string& group = {});

/// The central queue that knows all, unless a strategy was asked for.
void add_central(Variants& variants, BalanceModel model, std::optional<Strategy> only,
                 const std::string& group = {});

}  // namespace brood::scenario
