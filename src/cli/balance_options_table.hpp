#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/balance_options.hpp"
#include "cli/option_values.hpp"

namespace brood {

/// An option of `brood balance`: parsing, the help page, "did you mean" and describe() follow.
struct BalanceOptionRow {
  std::string_view name;
  char letter = 0;              ///< Its short form, as in -N; 0: none.
  std::string_view group;       ///< Heading on the help page; the rows of a group stand together.
  std::string_view value_name;  ///< Empty: takes no value.
  std::string_view help;        ///< The default is put behind it.
  /// Stores the value, or says what is wrong with the text. Null: the option steers the parser
  /// itself, and may stand on the command line only.
  std::optional<Problem> (*set)(BalanceOptions&, std::string_view) = nullptr;
  /// The stored value as texts that `set` would read back; one, unless the option is repeatable.
  std::vector<std::string> (*show)(const BalanceOptions&) = nullptr;
  /// Null: may be given once. Otherwise `set` appends, and this empties the list before it.
  void (*clear)(BalanceOptions&) = nullptr;
};

/// In the order of the help page.
std::span<const BalanceOptionRow> balance_option_table();

/// The row with that name, or null.
const BalanceOptionRow* find_balance_option(std::string_view name);

}  // namespace brood
