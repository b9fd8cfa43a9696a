#pragma once

#include <optional>
#include <span>

#include "cli/option_entry.hpp"
#include "cli/serve_options.hpp"

namespace brood {

/// Whether the option does anything with this model: models say so of the options of the pool.
bool has_use_for(const Model& model, std::string_view option);

/// Makes the four counts of the pool fit each other: lowers those that nobody gave under those that
/// somebody did, as parse_serve_options() says, and refuses what then still does not fit.
/// What is `auto` is sized by this machine before. Likewise for model, connections-per-worker and
/// threads. Refuses options of the pool that the model has no use for. `given` are the entries that
/// led to `options`, the strongest last.
std::optional<OptionError> settle_pool(ServeOptions& options, std::span<const OptionEntry> given);

}  // namespace brood
