#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/balance_options.hpp"
#include "cli/option_entry.hpp"

namespace brood {

/// Splits the arguments into known options with their values, which are not checked yet; the ports
/// of the course's form become the options that they stand for.
std::variant<std::vector<OptionEntry>, OptionError> split_balance_command_line(
    std::span<const std::string> args);

/// The page for `brood balance --help`: two screens.
std::string balance_help_page();

/// For an option as typed that is none. `dashes` go before the name that it suggests.
std::string unknown_balance_option(std::string_view typed, std::string_view dashes);

}  // namespace brood
