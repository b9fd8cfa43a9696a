#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "cli/serve.hpp"

namespace brood {

/// The whole program with the given handlers: picks the command, runs it, and turns an exception
/// that nobody caught into one line and exit status 70.
/// \param args without the program's name.
int run_command(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
                std::ostream& out, std::ostream& err);

/// The handlers that `brood` is built with.
std::span<const HandlerEntry> built_in_handlers();

}  // namespace brood
