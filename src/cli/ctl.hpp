#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// `brood ctl`: asks and orders the server that runs. \param args after the command's name.
int run_ctl(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
