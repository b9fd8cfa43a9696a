#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/option.hpp"
#include "cli/option_entry.hpp"

namespace brood {

/// What a command was given, its values not yet checked.
struct GivenOptions {
  std::vector<OptionEntry> file;        ///< From the file of --config: weaker than what was typed.
  std::vector<OptionEntry> typed;       ///< From the command line.
  std::vector<std::string> positional;  ///< What stands there without an option before it.
};

/// Names of options with their effective values as text.
using DescribedOptions = std::vector<std::pair<std::string_view, std::string>>;

/// The options of one command, in the order of its help page, bound to the variables that they set:
/// those must outlive it. Their values before apply() are the defaults.
class OptionTable {
 public:
  /// \param command as a person types it, for messages
  OptionTable(std::string_view command, std::vector<Option> options);

  const std::vector<Option>& options() const noexcept { return options_; }
  /// The option with that name, or null.
  const Option* find(std::string_view name) const;

  /// Splits the arguments, and reads the file that --config names, if there is that option. Names
  /// are never guessed from their beginnings: a later option would change what they mean.
  std::variant<GivenOptions, OptionError> read(std::span<const std::string> args,
                                               const ConfigReader& read_config = {}) const;
  /// Stores the entries of one source, a file or a command line, over what a weaker one left.
  /// \return the first mistake, with its place.
  std::optional<OptionError> apply(std::span<const OptionEntry> entries) const;
  /// read() and apply() of a command that has no --config and no other arguments than options.
  std::variant<GivenOptions, OptionError> take(std::span<const std::string> args) const;

  /// The groups of the help page, with each option's default.
  std::string help() const;
  /// Every option that has a value; one that is repeated comes once for each.
  DescribedOptions describe() const;

  /// "unknown option --min-spar: did you mean --min-spare?" \param typed with its dashes, if any
  /// \param dashes before the name that it suggests: none in a file
  OptionError unknown(std::string_view typed, std::string_view dashes = "--") const;
  /// Of an argument that no option takes. \param forms what else is allowed than options
  OptionError unexpected(const std::string& argument, std::string_view forms = {}) const;

 private:
  std::optional<OptionError> apply_one(const OptionEntry& entry,
                                       std::span<const OptionEntry> earlier) const;
  std::optional<OptionError> load_config(GivenOptions& given, const ConfigReader& read) const;

  std::string command_;
  std::vector<Option> options_;
};

/// The first entry of that name, or null.
const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name);

}  // namespace brood
