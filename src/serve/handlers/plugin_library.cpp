#include "serve/handlers/plugin_library.hpp"

// Otherwise Boost.DLL links Boost.Filesystem.
#define BOOST_DLL_USE_STD_FS

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <map>
#include <utility>

namespace brood {
namespace {

constexpr const char* symbol = "brood_plugin";

/// What dlopen(3) has said last, without the path that its message begins with.
std::string loader_message(const std::string& path) {
  const char* const message = ::dlerror();
  std::string text = message == nullptr ? "cannot be loaded" : message;
  for (const std::string& prefix : {path + ": ", "./" + path + ": "})
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

PluginProblem wrong_version(std::uint32_t version) {
  return {"is built for version " + std::to_string(version) +
          " of brood/plugin.h, and this server needs version " + std::to_string(BROOD_PLUGIN_ABI)};
}

}  // namespace

std::variant<const struct brood_plugin*, PluginProblem> load_plugin(const std::string& path) {
  namespace dll = boost::dll;
  static std::map<std::string, dll::shared_library> loaded;  // Each of a worker's threads asks.
  dll::shared_library library;
  std::error_code error;
  library.load(path, error, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  if (error) return PluginProblem{loader_message(path)};
  const dll::shared_library& kept = loaded.emplace(path, std::move(library)).first->second;
  if (!kept.has(symbol)) return PluginProblem{std::string("exports no ") + symbol};
  const auto& plugin = kept.get<const struct brood_plugin>(symbol);
  if (plugin.abi_version != BROOD_PLUGIN_ABI) return wrong_version(plugin.abi_version);
  if (plugin.handle == nullptr) return PluginProblem{std::string(symbol) + " has no handle()"};
  return &plugin;
}

}  // namespace brood
