#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_values.hpp"
#include "cli/serve_options.hpp"

namespace brood {

/// How an option's value is read and written.
struct OptionKind {
  std::string_view value_name;  ///< For the help page; empty: takes no value.
  /// Stores the value, or says what is wrong with the text (what it stores then, nobody reads).
  /// Null: the option steers the parser itself, and may stand on the command line only.
  std::optional<Problem> (*set)(ServeOptions&, std::string_view, HandlerNames) = nullptr;
  /// The stored value as texts that `set` would read back; one, unless the option is repeatable.
  std::vector<std::string> (*show)(const ServeOptions&) = nullptr;
  /// Null: may be given once. Otherwise `set` appends, and this empties the list before it.
  void (*clear)(ServeOptions&) = nullptr;
};

/// One row an option: parsing, the help page, "did you mean" and describe() all follow from it.
struct OptionRow {
  std::string_view name;
  std::string_view group;  ///< Heading on the help page; the rows of a group stand together.
  std::string_view help;   ///< The default is put behind it.
  OptionKind kind;
};

/// All options, in the order of the help page.
std::span<const OptionRow> option_table();

/// Whether a program has the option: one with a handler of its own has none of the group "Handler".
bool is_offered(const OptionRow& row, const ServeProgram& program);

/// Whether the option does anything with this model: the model says so of those of the pool.
bool has_use_for(const Model& model, const OptionRow& row);

/// The row with that name, or null.
const OptionRow* find_option(std::string_view name);

/// The option that was probably meant, by a wrong letter or a beginning of its name, or empty.
std::string_view nearest_option(std::string_view name);

}  // namespace brood
