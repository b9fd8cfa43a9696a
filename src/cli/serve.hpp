#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "cli/serve_options.hpp"
#include "worker/worker.hpp"

namespace brood {

/// A handler that `--handler` can name, and how it is made from the options.
struct HandlerEntry {
  std::string_view name;
  std::function<HandlerFactory(const ServeOptions&)> make;
};

/// `brood serve`: reads the options, binds, forks, serves until stopped.
/// \return the exit status: 0 stopped as asked, 1 could not go on, 2 bad options, 3 could not bind.
int run_serve(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
              std::ostream& out, std::ostream& err);

}  // namespace brood
