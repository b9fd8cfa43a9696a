#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/sim/balance_model.hpp"

namespace brood {

/// One run of a scenario: a row of its table.
struct BalanceVariant {
  std::string group;  ///< What the rows around it have in common: "probed each 100ms"; or empty.
  std::string name;   ///< In its group: the strategy, or the reference.
  BalanceModel model;
};

/// Something that happens to balancers, with a name, and the runs that compare what they make of
/// it.
struct BalanceScenario {
  std::string_view name;    ///< As `--scenario` names it.
  std::string_view title;   ///< One line.
  std::string_view about;   ///< What is simulated and where its figures are from; whole sentences.
  std::string_view marked;  ///< What the first servers are, whose share is told: "slow".
  std::vector<BalanceVariant> (*variants)(std::optional<Strategy> only);
};

/// All of them, in the order of the report.
std::span<const BalanceScenario> balance_scenarios();

}  // namespace brood
