#include "cli/command.hpp"

#include <array>
#include <boost/system/system_error.hpp>
#include <exception>
#include <functional>
#include <new>
#include <ostream>
#include <system_error>

#include "base/text.hpp"
#include "cli/balance.hpp"
#include "cli/compare.hpp"
#include "cli/exit_status.hpp"
#include "cli/simulate.hpp"
#include "os/inheritance.hpp"
#include "os/shortage.hpp"

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

/// Turns an exception that nobody caught into one line and an exit status.
int guard(std::string_view program, std::ostream& err, const std::function<int()>& run) {
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
