#include "lab/commands/simulate_balance_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/help_page.hpp"
#include "cli/option_entry.hpp"
#include "cli/option_values.hpp"
#include "lab/sim/balance_scenarios.hpp"

namespace brood {
namespace {

using Chosen = SimulateBalanceOptions;

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
  std::string all;
  for (const std::string_view name : strategy_names)
    all += (all.empty() ? "" : ", ") + std::string(name);
  return Problem{"must be one of " + all};
}

std::optional<Problem> choose_seed(Chosen& options, std::string_view text) {
  const auto seed = read_count(text, 0, 0xffff'ffff);
  if (!seed) return seed.error();
  options.seed = *seed;
  return std::nullopt;
}

std::optional<Problem> choose_path(std::string& path, std::string_view text) {
  if (text.empty()) return Problem{"must not be empty"};
  path = text;
  return std::nullopt;
}

struct ChoiceRow {
  std::string_view name;
  std::string_view value_name;
  std::string_view help;
  std::optional<Problem> (*set)(Chosen&, std::string_view);
};

constexpr auto choice_rows = std::to_array<ChoiceRow>({
    {"scenario", "NAME", "Runs one of those below, or all. [all]", choose_scenario},
    {"strategy", "NAME", "Runs only this one, instead of those that a scenario compares.",
     choose_strategy},
    {"seed", "N", "All chance is drawn from this number: the same seed gives the same run. [1]",
     choose_seed},
    {"svg", "FILE", "Writes a drawing of the one scenario.",
     [](Chosen& o, std::string_view text) { return choose_path(o.svg, text); }},
    {"report", "FOLDER",
     "Writes balance.md and a drawing of each scenario into this folder, which is made if it is "
     "not there.",
     [](Chosen& o, std::string_view text) { return choose_path(o.report, text); }},
});

std::string balance_page() {
  std::vector<HelpLine> options;
  for (const ChoiceRow& row : choice_rows)
    options.push_back({option_usage(row.name, row.value_name), std::string(row.help)});
  options.push_back({option_usage("help", ""), "Shows this page."});
  options.push_back({option_usage("version", ""), "Shows the version of brood."});
  std::vector<HelpLine> scenarios;
  for (const BalanceScenario& scenario : balance_scenarios())
    scenarios.push_back({std::string(scenario.name), std::string(scenario.title) + '.'});
  return "Usage: brood simulate balance [OPTION...]\n" +
         folded(
             "Runs balancers and servers in virtual time and compares strategies: a table for "
             "each scenario.") +
         help_group("Options", options) + help_group("Scenarios", scenarios);
}

OptionError unknown_choice(const std::string& typed) {
  if (!typed.starts_with("--"))
    return {"unexpected argument " + shown(typed) + ": options begin with --"};
  std::array<std::string_view, choice_rows.size()> names;
  std::ranges::transform(choice_rows, names.begin(), &ChoiceRow::name);
  const std::string_view nearest = nearest_name(std::string_view(typed).substr(2), names);
  return {"unknown option " + shown(typed) +
          (nearest.empty() ? ": see brood simulate balance --help"
                           : ": did you mean --" + std::string(nearest) + '?')};
}

/// "--name=value", or "--name" and the value after it.
std::optional<OptionError> read_choice_row(Chosen& options, std::span<const std::string>& args) {
  const std::string& first = args.front();
  const std::size_t equals = first.find('=');
  const std::string typed = first.substr(0, equals);
  const auto* const row = std::ranges::find_if(
      choice_rows, [&](const ChoiceRow& it) { return typed == "--" + std::string(it.name); });
  if (row == choice_rows.end()) return unknown_choice(typed);
  const bool is_adjacent = equals != std::string::npos;
  if (!is_adjacent && args.size() < 2) return OptionError{typed + " needs a value"};
  const std::string value = is_adjacent ? first.substr(equals + 1) : args[1];
  args = args.subspan(is_adjacent ? 1 : 2);
  if (const auto problem = row->set(options, value))
    return OptionError{typed + ' ' + shown(value) + ": " + problem->text};
  return std::nullopt;
}

}  // namespace

SimulateBalanceParse parse_simulate_balance_options(std::span<const std::string> args) {
  if (auto page = page_asked_for(args, balance_page)) return HelpText{*std::move(page)};
  SimulateBalanceOptions options;
  while (!args.empty())
    if (const auto error = read_choice_row(options, args)) return *error;
  if (!options.svg.empty() && options.scenario == nullptr)
    return OptionError{"--svg draws one scenario: name it with --scenario, or take --report"};
  return options;
}

}  // namespace brood
