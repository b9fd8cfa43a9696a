#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/serve_options.hpp"
#include "worker/worker.hpp"

namespace brood {

/// A handler that `--handler` can name. `make` runs once in the supervisor, before anything is
/// bound or forked, and says what is wrong with the handler's options; the factory runs in each
/// worker.
struct HandlerEntry {
  std::string_view name;
  std::function<std::variant<HandlerFactory, OptionError>(const ServeOptions&)> make;
};

/// `brood serve`: reads the options, binds, forks, serves until stopped.
/// \return the exit status: 0 stopped as asked, 1 could not go on, 2 bad options, 3 could not bind.
int run_serve(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
              std::ostream& out, std::ostream& err);

}  // namespace brood
