#include "lab/commands/simulate_balance.hpp"

#include <ostream>

#include "cli/complain.hpp"
#include "cli/exit_status.hpp"
#include "lab/commands/output_file.hpp"
#include "lab/commands/simulate_balance_options.hpp"
#include "lab/plots/svg_dots.hpp"
#include "lab/sim/balance_report.hpp"

namespace brood {
namespace {

/// Runs and shows one scenario. \return what could not be written, if anything.
std::optional<std::string> run_one(const BalanceScenario& scenario,
                                   const SimulateBalanceOptions& options, std::ostream& out,
                                   std::string& report) {
  const auto rows = run_scenario(scenario, options.strategy, options.seed);
  out << scenario.name << ": " << scenario.title << "\n\n" << balance_table(scenario, rows) << '\n';
  out.flush();
  if (options.svg.empty() && options.report.empty()) return std::nullopt;
  const std::string svg = to_svg(balance_plot(scenario, rows));
  if (auto problem = write_output("--svg", options.svg, svg)) return problem;
  if (options.report.empty()) return std::nullopt;
  report += balance_section(scenario, rows);
  return write_output("--report", options.report + '/' + std::string(scenario.name) + ".svg", svg);
}

std::optional<std::string> run(const SimulateBalanceOptions& options, std::ostream& out) {
  if (!options.report.empty())
    if (auto problem = make_folder("--report", options.report)) return problem;
  out << "latencies in ms, seed " << options.seed << "\n\n";
  std::string report = balance_preface(options.seed);
  for (const BalanceScenario& scenario : balance_scenarios()) {
    if (options.scenario != nullptr && options.scenario != &scenario) continue;
    if (auto problem = run_one(scenario, options, out, report)) return problem;
  }
  if (options.report.empty()) return std::nullopt;
  return write_output("--report", options.report + "/balance.md", report);
}

}  // namespace

int run_simulate_balance(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const Complain complain{err};
  const SimulateBalanceParse parsed = parse_simulate_balance_options(args);
  if (const auto* const error = std::get_if<OptionError>(&parsed))
    return complain(error->message, exit_bad_options);
  if (const auto* const help = std::get_if<HelpText>(&parsed)) return out << help->text, exit_ok;
  const auto problem = run(std::get<SimulateBalanceOptions>(parsed), out);
  return problem ? complain(*problem, exit_failed) : exit_ok;
}

}  // namespace brood
