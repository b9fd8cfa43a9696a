#pragma once

#include <boost/program_options/options_description.hpp>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/option_entry.hpp"
#include "cli/serve_options.hpp"

namespace brood {

/// Splits the arguments of a command into its options with their values, which are not checked yet;
/// an option that takes no value has "on". None is given twice.
/// \param command as a person types it, for messages
std::variant<std::vector<OptionEntry>, OptionError> split_options(
    std::span<const std::string> args, const boost::program_options::options_description& all,
    std::string_view command);

}  // namespace brood
