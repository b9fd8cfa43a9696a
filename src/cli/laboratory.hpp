#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace brood {

/// Becomes brood-lab, the program beside this one that has `compare` and `simulate`: the daemon
/// carries none of what they need. \param args with the command's name
/// \return only when that cannot be started: the exit status, and why on `err`
int become_laboratory(std::span<const std::string> args, std::ostream& err);

}  // namespace brood
