#pragma once

#include "report/terminal.hpp"

namespace brood {

/// How the terminal at a descriptor shows things, as it is now: windows are resized. What is none
/// has no colours; nor has one that NO_COLOR or TERM=dumb says so of.
TerminalLook look_of_terminal(int fd);

}  // namespace brood
