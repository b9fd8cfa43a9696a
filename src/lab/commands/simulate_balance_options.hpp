#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "balance/routing/strategy.hpp"
#include "cli/option_entry.hpp"

namespace brood {

struct BalanceScenario;

/// What `brood simulate balance` was asked to do, checked.
struct SimulateBalanceOptions {
  const BalanceScenario* scenario = nullptr;  ///< Null: all.
  std::optional<Strategy> strategy;           ///< Nothing: those that each scenario compares.
  std::uint32_t seed = 1;
  std::string svg;     ///< Empty: none.
  std::string report;  ///< A folder; empty: none.
};

/// What to do, a mistake of the user, or the page of --help.
using SimulateBalanceParse = std::variant<SimulateBalanceOptions, OptionError, HelpText>;

/// Reads the arguments after `brood simulate balance`. --help wins over all.
SimulateBalanceParse parse_simulate_balance_options(std::span<const std::string> args);

}  // namespace brood
