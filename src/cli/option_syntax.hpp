#pragma once
// What every command needs of Boost.Program_options, in one place.

#include <boost/program_options.hpp>
#include <string>
#include <string_view>

#include "cli/serve_options.hpp"

namespace brood {

/// Adds an option to those that a command line may have. \param name with ",N" behind it where
/// there is a short form.
void add_option(boost::program_options::options_description& all, const std::string& name,
                bool takes_value);

/// What the parser of a command line has thrown, as a mistake of the user.
OptionError to_option_error(const boost::program_options::error& error);

}  // namespace brood
