#pragma once
// What every command needs of Boost.Program_options, in one place.

#include <boost/program_options.hpp>
#include <string>
#include <string_view>

#include "cli/serve_options.hpp"

namespace brood {

/// Adds an option to a group of a help page. \param name with ",N" behind it where there is a short
/// form. \param value_name Empty: it takes no value.
void add_option(boost::program_options::options_description& group, std::string_view name,
                std::string_view value_name, const std::string& help);

/// What the parser of a command line has thrown, as a mistake of the user.
OptionError to_option_error(const boost::program_options::error& error);

}  // namespace brood
