#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lab/plots/svg_dots.hpp"
#include "lab/sim/balance_result.hpp"
#include "lab/sim/balance_scenarios.hpp"

namespace brood {

/// A run of a scenario and what it came to.
struct BalanceRow {
  BalanceVariant variant;
  BalanceResult result;
};

/// All runs of a scenario. \param only this strategy, instead of those that it compares.
std::vector<BalanceRow> run_scenario(const BalanceScenario& scenario, std::optional<Strategy> only,
                                     std::uint64_t seed);

/// A line for each run; latencies in milliseconds, from the client's side.
std::string balance_table(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows);

/// Four quantiles of each run.
DotPlot balance_plot(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows);

/// What the report begins with, and its section on a scenario; Markdown. The drawing is expected
/// beside it, as NAME.svg.
std::string balance_preface(std::uint64_t seed);
std::string balance_section(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows);

}  // namespace brood
