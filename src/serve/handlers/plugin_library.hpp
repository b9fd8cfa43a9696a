#pragma once

#include <brood/plugin.h>

#include <string>
#include <variant>

namespace brood {

/// Why a library cannot be a plugin, in words that follow its path: "has no brood_plugin".
struct PluginProblem {
  std::string text;
};

/// Loads the shared library at `path` into this process and finds its plugin. Its constructors run
/// here, whatever they do. It is never unloaded: its threads and callbacks may still need it.
std::variant<const struct brood_plugin*, PluginProblem> load_plugin(const std::string& path);

}  // namespace brood
