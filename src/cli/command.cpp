#include "cli/command.hpp"

#include <array>
#include <boost/system/system_error.hpp>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <ostream>
#include <system_error>

#include "base/text.hpp"
#include "cli/balance.hpp"
#include "cli/ctl.hpp"
#include "cli/exit_status.hpp"
#include "cli/help_page.hpp"
#include "cli/laboratory.hpp"
#include "os/inheritance.hpp"
#include "os/shortage.hpp"

namespace brood {
namespace {

constexpr std::array<std::string_view, 5> commands{"serve", "balance", "ctl", "compare",
                                                   "simulate"};

constexpr std::string_view help =
    "Usage: brood COMMAND [OPTION...]\n"
    "\n"
    "  serve      Forks a pool of workers that sizes itself, and serves HTTP/1.1.\n"
    "  balance    Stands in front of servers and shares requests out among them.\n"
    "  ctl        Asks and orders a server that runs.\n"
    "  compare    Measures every concurrency model under the same loads.\n"
    "  simulate   Runs the pool's rules, or the balancer's, in virtual time.\n"
    "\n"
    "brood COMMAND --help (or -h) lists the command's options.\n"
    "brood --version (or -V) shows the version.\n";

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
  if (name == "ctl") return run_ctl(args.subspan(1), out, err);
  if (name == "compare" || name == "simulate") return become_laboratory(args, err);
  const auto page_of_brood = [] { return std::string(help); };
  const auto page = name == "help" ? std::optional(page_of_brood())
                                   : page_asked_for(args.first(1), page_of_brood);
  if (!page) return unknown_command(name, err);
  out << *page;
  return exit_ok;
}

int internal_error(std::string_view program, std::ostream& err, std::string_view what) {
  err << program << ": internal error, please report it: " << what << '\n';
  return exit_internal;
}

/// What the machine does not have is no bug of ours.
int failed(std::string_view program, std::ostream& err, const std::error_code& code,
           std::string_view what) {
  const std::string_view remedy = remedy_for(code.value());
  if (code.category() != std::system_category() && code.category() != std::generic_category())
    return internal_error(program, err, what);
  if (remedy.empty()) return internal_error(program, err, what);
  err << program << ": cannot start: " << code.message() << " (" << remedy << ")\n";
  return exit_failed;
}

}  // namespace

int guarded(std::string_view program, std::ostream& err, const std::function<int()>& run) {
  settle_inheritance();
  try {
    return run();
  } catch (const boost::system::system_error& error) {
    return failed(program, err, error.code(), error.what());
  } catch (const std::system_error& error) {
    return failed(program, err, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return failed(program, err, std::make_error_code(std::errc::not_enough_memory), "");
  } catch (const std::exception& error) {
    return internal_error(program, err, error.what());
  }
}

int run_command(std::span<const std::string> args, std::span<const HandlerEntry> handlers,
                std::ostream& out, std::ostream& err) {
  return guarded("brood", err, [&] { return dispatch(args, handlers, out, err); });
}

int run_own_server(std::span<const std::string> args, std::string_view command,
                   const HandlerFactory& make_handler, std::ostream& out, std::ostream& err) {
  const HandlerEntry own{.name = {}, .make = [&](const ServeOptions&) { return make_handler; }};
  return guarded(command, err,
                 [&] { return run_serve(args, command, std::span(&own, 1), out, err); });
}

}  // namespace brood
