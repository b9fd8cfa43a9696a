#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// `brood simulate balance`: runs scenarios of balancers and servers in virtual time and prints a
/// table for each to `out`; with --svg and --report it writes files as well. The same arguments
/// give the same bytes.
/// \param args  what follows `simulate balance`.
/// \return the exit status: 0; 1 if a file could not be written; 2 for bad options. What went
///         wrong stands in one line on `err`.
int run_simulate_balance(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
