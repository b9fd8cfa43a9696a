#pragma once

#include <optional>

#include "base/clock.hpp"
#include "serve/handlers/plugin_library.hpp"

namespace brood {

/// Whether the library at `path` can be loaded and is a plugin. It is loaded in a child process
/// that is killed then, for its constructors may crash, hang or start a thread, and this process
/// is yet to fork workers.
/// \param patience how long loading may take
/// \pre one thread
/// \return what is wrong with it, or nothing
std::optional<PluginProblem> check_plugin(const std::string& path,
                                          Duration patience = std::chrono::seconds{10});

}  // namespace brood
