#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// `brood simulate`: runs a policy over a seeded load in virtual time and prints a table and the
/// figures of the run to `out`; with --svg and --csv it writes files as well. The same arguments
/// give the same bytes.
/// \param args  what follows `simulate`.
/// \return the exit status: 0; 1 if a file could not be written; 2 for bad options or a bad trace.
///         What went wrong stands in one line on `err`.
int run_simulate(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
