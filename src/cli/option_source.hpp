#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/option_entry.hpp"
#include "cli/option_values.hpp"

namespace brood {

/// How one option of a command takes what was given.
struct OptionTarget {
  bool takes_value = false;
  /// Stores the value, or says what is wrong with the text. Empty: the option steers the parser
  /// itself, and may stand on the command line only.
  std::function<std::optional<Problem>(std::string_view)> set{};
  /// Empty: may be given once. Otherwise `set` appends, and this empties the list before it.
  std::function<void()> clear{};
};

/// The target that an entry names, or what is wrong with the name.
using FindTarget = std::function<std::variant<OptionTarget, Problem>(const OptionEntry&)>;

/// Stores the entries of one source, a file or a command line, over what a weaker one left.
/// \return the first mistake, with its place.
std::optional<OptionError> apply_entries(std::span<const OptionEntry> entries,
                                         const FindTarget& find);

/// The first entry of that name, or null.
const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name);

/// The entries of the file that `option`, which is --config, names.
std::variant<std::vector<OptionEntry>, OptionError> load_config(const OptionEntry& option,
                                                                const ConfigReader& read_config);

/// The one of `names` that was probably meant, by a wrong letter or a beginning of it, or empty.
std::string_view nearest_option(std::string_view name, std::span<const std::string_view> names);

}  // namespace brood
