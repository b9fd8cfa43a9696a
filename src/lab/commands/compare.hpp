#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// `brood compare`: measures every model under every workload, prints tables and claims to `out`
/// and writes journal, CSV, JSON and an HTML report. Progress and warnings go to `err`.
/// \param args  what follows `compare`.
/// \return the exit status: 0 all was measured, 1 something was not, 2 bad options, 3 could not
///         bind.
int run_compare(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
