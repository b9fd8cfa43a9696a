#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/serve_options.hpp"
#include "serve/worker/worker.hpp"

namespace brood {

/// A handler that `--handler` can name. `make` runs once in the supervisor, before anything is
/// bound or forked, and says what is wrong with the handler's options; the factory runs in each
/// worker.
struct HandlerEntry {
  std::string_view name;
  std::function<std::variant<HandlerFactory, OptionError>(const ServeOptions&)> make;
};

/// `brood serve`: reads the options, binds, forks, serves until stopped.
/// \param command as a person types it; its first word begins the messages.
/// \param handlers one without a name is the only one: then there is no --handler.
/// \return the exit status: 0 stopped as asked, 1 could not go on, 2 bad options, 3 could not bind.
int run_serve(std::span<const std::string> args, std::string_view command,
              std::span<const HandlerEntry> handlers, std::ostream& out, std::ostream& err);

}  // namespace brood
