#pragma once

#include <variant>

#include "cli/serve_options.hpp"
#include "serve/worker/worker.hpp"

namespace brood {

/// The entry of the cgi handler: checks its options against each other and against the disk.
std::variant<HandlerFactory, OptionError> make_cgi(const ServeOptions& options);

}  // namespace brood
