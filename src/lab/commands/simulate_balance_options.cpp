#include "lab/commands/simulate_balance_options.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/help_page.hpp"
#include "cli/option_table.hpp"
#include "lab/sim/balance_scenarios.hpp"

namespace brood {
namespace {

using Chosen = SimulateBalanceOptions;
using Value = OptionValue;

std::optional<Problem> choose_scenario(Chosen& options, std::string_view text) {
  if (text == "all") return options.scenario = nullptr, std::nullopt;
  std::vector<std::string_view> names{"all"};
  for (const BalanceScenario& scenario : balance_scenarios()) {
    if (scenario.name == text) return options.scenario = &scenario, std::nullopt;
    names.push_back(scenario.name);
  }
  const std::string_view nearest = nearest_name(text, names);
  return Problem{nearest.empty() ? "there is no such scenario: --help lists them"
                                 : "did you mean " + std::string(nearest) + '?'};
}

std::optional<Problem> choose_strategy(Chosen& options, std::string_view text) {
  options.strategy = strategy_named(text);
  if (options.strategy) return std::nullopt;
  return Problem{"must be one of " + joined(strategy_names, ", ")};
}

OptionTable simulate_balance_table(Chosen& o) {
  return {"brood simulate balance",
          {
              // clang-format off
    {"scenario", "Options", "One of those below is run, or all. [all]",
     {.unit = "NAME", .set = [&o](std::string_view text) { return choose_scenario(o, text); }}},
    {"strategy", "Options", "Only this one is run, instead of those that a scenario compares.",
     {.unit = "NAME", .set = [&o](std::string_view text) { return choose_strategy(o, text); }}},
    {"seed", "Options",
     "All chance is drawn from this number: the same seed gives the same run.",
     Value::count(o.seed, 0, 0xffff'ffff)},
    {"svg", "Options", "A drawing of the one scenario is written to this file.",
     Value::text(o.svg, "FILE", "")},
    {"report", "Options",
     "A balance.md and a drawing of each scenario are written into this folder, which is made if "
     "it is not there.", Value::text(o.report, "FOLDER", "")},
    {"help", "Options", "Shows this page."},
    {"version", "Options", "Shows the version of brood."},
              // clang-format on
          }};
}

std::string simulate_balance_page(const OptionTable& table) {
  std::string page =
      "Usage: brood simulate balance [OPTION...]\n" +
      folded(
          "Runs balancers and servers in virtual time and compares strategies: a table for each "
          "scenario.") +
      table.help() + help_heading("Scenarios");
  for (const BalanceScenario& scenario : balance_scenarios())
    page += help_line(scenario.name, std::string(scenario.title) + '.');
  return page;
}

}  // namespace

SimulateBalanceParse parse_simulate_balance_options(std::span<const std::string> args) {
  SimulateBalanceOptions options;
  const OptionTable table = simulate_balance_table(options);
  if (auto page = page_asked_for(args, [&] { return simulate_balance_page(table); }))
    return HelpText{*std::move(page)};
  const auto given = table.take(args);
  if (const auto* const error = std::get_if<OptionError>(&given)) return *error;
  if (!options.svg.empty() && options.scenario == nullptr)
    return OptionError{"--svg draws one scenario: name it with --scenario, or take --report"};
  return options;
}

}  // namespace brood
