#include "lab/commands/simulate_options.hpp"

#include "cli/help_page.hpp"
#include "cli/option_pool.hpp"

namespace brood {
namespace {

std::string simulate_page(const OptionTable& table) {
  return "Usage: brood simulate [OPTION...]\n"
         "       brood simulate balance [OPTION...]\n"
         "Runs the pool's policy over a load in virtual time: a table, a plot if asked.\n"
         "With the word balance, balancers and servers: it has a --help of its own.\n" +
         table.help() + '\n' +
         folded(
             "TIME: 250ms, 3s, 5m. A file has one arrival a line, in seconds: 0.25, or with "
             "its service time: 0.25,1.5.");
}

/// More would fill the memory and the patience of most.
constexpr double arrivals_most = 10e6;

std::optional<OptionError> check_size(const SimulateOptions& options) {
  if (!options.trace_path.empty() || expected_arrivals(options.trace) <= arrivals_most)
    return std::nullopt;
  return OptionError{"the load is more than 10000000 requests: lower --rate or --duration"};
}

}  // namespace

SimulateParse parse_simulate_options(std::span<const std::string> args) {
  SimulateOptions options;
  const OptionTable table = simulate_table(options);
  if (auto page = page_asked_for(args, [&] { return simulate_page(table); }))
    return HelpText{*std::move(page)};
  const auto given = table.take(args);
  if (const auto* const error = std::get_if<OptionError>(&given)) return *error;
  if (auto error = settle_pool(options.pool, std::get<GivenOptions>(given).typed))
    return *std::move(error);
  if (options.duration) options.trace.duration = *options.duration;
  if (auto error = check_size(options)) return *std::move(error);
  return options;
}

}  // namespace brood
