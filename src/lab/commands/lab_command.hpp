#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// All of brood-lab: `compare` or `simulate`. \param args with the command's name
int run_lab_command(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace brood
