#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "cli/serve.hpp"

namespace brood {

/// The whole program with the given handlers: picks the command, runs it, and turns an exception
/// that nobody caught into one line and exit status 70.
/// \param args without the program's name.
int run_command(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
                std::ostream& out, std::ostream& err);

/// The whole program of somebody who has a handler of his own: `brood serve` by another name.
/// \param command as a person types it, such as "hello"
int run_own_server(std::span<const std::string> args, std::string_view command,
                   const HandlerFactory& make_handler, std::ostream& out, std::ostream& err);

/// Turns an exception that nobody caught into one line and an exit status.
int guarded(std::string_view program, std::ostream& err, const std::function<int()>& run);

/// The handlers that `brood` is built with.
std::span<const HandlerEntry> built_in_handlers();

}  // namespace brood
