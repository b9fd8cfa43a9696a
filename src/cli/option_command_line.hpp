#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/option_entry.hpp"
#include "cli/serve_options.hpp"

namespace brood {

struct CommandLine {
  std::vector<OptionEntry> entries;
  bool is_short_form = false;  ///< `5 10 100`, which is among the entries.
};

/// Splits the arguments into known options with their values, which are not checked yet; the short
/// form `5 10 100` becomes the options that it stands for. A value that
/// is missing at the end is an error here, an empty one is not.  Names are never guessed from their
/// beginnings: a later option would change what they mean.
std::variant<CommandLine, OptionError> split_command_line(std::span<const std::string> args,
                                                          const ServeProgram& program);

/// The page for `brood serve --help`.
std::string help_page(const ServeProgram& program);

/// For an option as typed that is none: "unknown option --min-spar: did you mean --min-spare?".
/// `dashes` go before the name that it suggests: none in a file.
std::string unknown_option(std::string_view typed, std::string_view dashes,
                           const ServeProgram& program);

}  // namespace brood
