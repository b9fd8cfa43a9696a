#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/option_values.hpp"
#include "lab/commands/simulate_options.hpp"

namespace brood {

/// An option that only `brood simulate` has.
struct SimulateOptionRow {
  std::string_view name;
  std::string_view group;       ///< Heading on the help page; the rows of a group stand together.
  std::string_view value_name;  ///< Empty: takes no value.
  std::string_view help;        ///< With the default behind it.
  /// Stores the value, or says what is wrong with the text.
  std::optional<Problem> (*set)(SimulateOptions&, std::string_view) = nullptr;
};

/// In the order of the help page.
std::span<const SimulateOptionRow> simulate_option_table();

/// The options that it shares with `brood serve`, for find_option().
inline constexpr std::array<std::string_view, 7> shared_option_names{
    "policy",      "start-workers", "min-spare",          "max-spare",
    "max-workers", "max-requests",  "max-requests-jitter"};

}  // namespace brood
