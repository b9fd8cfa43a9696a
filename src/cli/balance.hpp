#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// `brood balance`: reads the options, looks names up, binds, serves until stopped.
/// \return the exit status: 0 stopped as asked, 1 could not go on, 2 bad options, 3 could not bind.
int run_balance(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
