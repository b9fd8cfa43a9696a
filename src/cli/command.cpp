#include "cli/command.hpp"

#include <array>
#include <exception>
#include <functional>
#include <ostream>

#include "base/text.hpp"
#include "cli/balance.hpp"
#include "cli/compare.hpp"
#include "cli/exit_status.hpp"
#include "cli/simulate.hpp"

namespace brood {
namespace {

constexpr std::array<std::string_view, 4> commands{"serve", "balance", "compare", "simulate"};

constexpr std::string_view help =
    "usage: brood COMMAND [OPTIONS]\n"
    "\n"
    "  serve      bind, fork a self-sizing pool of workers, serve HTTP/1.1\n"
    "  balance    stand in front of servers, share requests out among those that are well\n"
    "  compare    measure every concurrency model under the same loads\n"
    "  simulate   run the pool's rules, or the balancer's, in virtual time\n"
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
  if (name == "serve") return run_serve(args.subspan(1), "brood serve", handlers, out, err);
  if (name == "balance") return run_balance(args.subspan(1), out, err);
  if (name == "compare") return run_compare(args.subspan(1), out, err);
  if (name == "simulate") return run_simulate(args.subspan(1), out, err);
  if (name == "--version") {
    out << "brood " BROOD_VERSION "\n";
    return exit_ok;
  }
  if (name != "--help" && name != "help") return unknown_command(name, err);
  out << help;
  return exit_ok;
}

/// Turns an exception that nobody caught into one line and an exit status.
int guard(std::string_view program, std::ostream& err, const std::function<int()>& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    err << program << ": internal error, please report it: " << error.what() << '\n';
    return exit_internal;
  }
}

}  // namespace

int run_command(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
                std::ostream& out, std::ostream& err) {
  return guard("brood", err, [&] { return dispatch(args, handlers, out, err); });
}

int run_own_server(std::span<const std::string> args, std::string_view command,
                   const HandlerFactory& make_handler, std::ostream& out, std::ostream& err) {
  const HandlerEntry own{.name = {}, .make = [&](const ServeOptions&) { return make_handler; }};
  return guard(command, err,
               [&] { return run_serve(args, command, std::span(&own, 1), out, err); });
}

}  // namespace brood
