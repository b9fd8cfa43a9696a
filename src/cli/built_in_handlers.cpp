// The handlers that --handler can name, and how each is made from the options.
#include <array>

#include "base/text.hpp"
#include "cli/cgi_entry.hpp"
#include "cli/command.hpp"
#include "cli/option_entry.hpp"
#include "serve/handlers/demo.hpp"
#include "serve/handlers/files.hpp"
#include "serve/handlers/plugin.hpp"
#include "serve/handlers/plugin_check.hpp"

namespace brood {
namespace {

using MadeHandler = std::variant<HandlerFactory, OptionError>;

MadeHandler make_demo(const ServeOptions& options) {
  return [think = options.think_time] {
    return std::make_unique<DemoHandler>(think.mean, think.exponential);
  };
}

MadeHandler make_files(const ServeOptions& options) {
  if (options.root.empty())
    return OptionError{"--handler files needs --root PATH, the folder that it serves"};
  if (const auto root = RootFolder::open(options.root); !root)
    return OptionError{"--root " + shown(options.root) + ": " + root.error().code.message() +
                       ": it must be a folder that can be read and searched"};
  const FilesSettings settings{
      .root = options.root,
      .listing = options.listing,
      .writable = options.writable,
      .make_folders = options.make_folders,
      .types = std::make_shared<const MimeTypes>(MimeTypes::of_system(options.charset))};
  return [settings] { return std::make_unique<FilesHandler>(settings); };
}

MadeHandler make_plugin(const ServeOptions& options) {
  if (options.plugin.empty()) return OptionError{"--handler plugin needs --plugin PATH"};
  if (const auto problem = check_plugin(options.plugin))
    return OptionError{"--plugin " + shown(options.plugin) + ": " + escape(problem->text)};
  return [path = options.plugin, argument = options.plugin_arg] {
    return std::make_unique<PluginHandler>(path, argument);
  };
}

}  // namespace

std::span<const HandlerEntry> built_in_handlers() {
  static const std::array<HandlerEntry, 4> entries{
      {{"demo", make_demo}, {"files", make_files}, {"cgi", make_cgi}, {"plugin", make_plugin}}};
  return entries;
}

}  // namespace brood
