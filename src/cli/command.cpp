#include "cli/command.hpp"

#include <array>
#include <exception>
#include <ostream>

#include "base/text.hpp"
#include "cli/exit_status.hpp"
#include "cli/option_entry.hpp"
#include "cli/simulate.hpp"
#include "handlers/demo.hpp"
#include "handlers/files.hpp"

namespace brood {
namespace {

constexpr std::array<std::string_view, 2> commands{"serve", "simulate"};

constexpr std::string_view help =
    "usage: brood COMMAND [OPTIONS]\n"
    "\n"
    "  serve      bind, fork a self-sizing pool of workers, serve HTTP/1.1\n"
    "  simulate   run the pool's rules against a seeded load, in virtual time\n"
    "\n"
    "brood COMMAND --help lists the command's options; brood --version prints the version.\n";

int unknown_command(const std::string& name, std::ostream& err) {
  err << "brood: there is no command '" << escape(name) << "'";
  if (const auto nearest = nearest_name(name, commands); !nearest.empty())
    err << " (did you mean '" << nearest << "'?)";
  err << ": try brood --help\n";
  return exit_bad_options;
}

int dispatch(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
             std::ostream& out, std::ostream& err) {
  if (args.empty()) {
    err << help;
    return exit_bad_options;
  }
  const std::string& name = args.front();
  if (name == "serve") return run_serve(args.subspan(1), handlers, out, err);
  if (name == "simulate") return run_simulate(args.subspan(1), out, err);
  if (name == "--version") {
    out << "brood " BROOD_VERSION "\n";
    return exit_ok;
  }
  if (name != "--help" && name != "help") return unknown_command(name, err);
  out << help;
  return exit_ok;
}

std::variant<HandlerFactory, OptionError> make_files(const ServeOptions& options) {
  if (options.root.empty())
    return OptionError{"--handler files needs --root PATH, the folder that it serves"};
  if (const auto root = RootFolder::open(options.root); !root)
    return OptionError{"--root " + shown(options.root) + ": " + root.error().code.message() +
                       ": it must be a folder that can be read and searched"};
  const FilesSettings settings{.root = options.root,
                               .listing = options.listing,
                               .writable = options.writable,
                               .types = std::make_shared<const MimeTypes>(MimeTypes::of_system())};
  return [settings] { return std::make_unique<FilesHandler>(settings); };
}

}  // namespace

int run_command(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
                std::ostream& out, std::ostream& err) {
  try {
    return dispatch(args, handlers, out, err);
  } catch (const std::exception& error) {
    err << "brood: internal error, please report it: " << error.what() << '\n';
    return exit_internal;
  }
}

std::span<const HandlerEntry> built_in_handlers() {
  static const std::array<HandlerEntry, 2> entries{
      HandlerEntry{"demo",
                   [](const ServeOptions& options) -> HandlerFactory {
                     return [think = options.think_time] {
                       return std::make_unique<DemoHandler>(think.mean, think.exponential);
                     };
                   }},
      HandlerEntry{"files", make_files}};
  return entries;
}

}  // namespace brood
