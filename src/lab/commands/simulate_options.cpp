#include "lab/commands/simulate_options.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/help_page.hpp"
#include "cli/option_entry.hpp"
#include "cli/option_pool.hpp"
#include "cli/option_split.hpp"
#include "cli/option_syntax.hpp"
#include "cli/option_table.hpp"
#include "lab/commands/simulate_options_table.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;

po::options_description description_of_all() {
  po::options_description all;
  for (const std::string_view name : shared_option_names) add_option(all, std::string(name), true);
  for (const SimulateOptionRow& row : simulate_option_table())
    add_option(all, std::string(row.name), !row.value_name.empty());
  return all;
}

void add_pool_rows(std::vector<HelpRow>& rows) {
  for (const std::string_view name : shared_option_names) {
    const OptionRow& row = *find_option(name);
    const std::string preset = row.kind.show(ServeOptions{}).front();
    rows.push_back(
        {"Pool, as of brood serve",
         {option_usage(name, row.kind.value_name), std::string(row.help) + " [" + preset + ']'}});
  }
}

/// The pool's options stand behind those of the load.
std::vector<HelpRow> help_rows() {
  std::vector<HelpRow> rows;
  for (const auto& row : simulate_option_table()) {
    if (!rows.empty() && rows.back().heading == "Load" && row.group != "Load") add_pool_rows(rows);
    rows.push_back({row.group, {option_usage(row.name, row.value_name), std::string(row.help)}});
  }
  return rows;
}

std::string help_page() {
  return "Usage: brood simulate [OPTION...]\n"
         "       brood simulate balance [OPTION...]\n"
         "Runs the pool's policy over a load in virtual time: a table, a plot if asked.\n"
         "With the word balance, balancers and servers: it has a --help of its own.\n" +
         help_groups(help_rows()) + '\n' +
         folded(
             "TIME: 250ms, 3s, 5m. A file has one arrival a line, in seconds: 0.25, or with "
             "its service time: 0.25,1.5.");
}

using Entries = std::vector<OptionEntry>;

std::optional<Problem> set_value(SimulateOptions& options, const OptionEntry& entry) {
  const auto rows = simulate_option_table();
  const auto row = std::ranges::find(rows, entry.name, &SimulateOptionRow::name);
  if (row != rows.end()) return row->set(options, entry.value);
  return find_option(entry.name)->kind.set(options.pool, entry.value, {});
}

std::optional<OptionError> apply(SimulateOptions& options, const Entries& entries) {
  for (const OptionEntry& entry : entries)
    if (const auto problem = set_value(options, entry))
      return OptionError{assigned(entry) + ": " + problem->text};
  return settle_pool(options.pool, entries);
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
  if (auto page = page_asked_for(args, help_page)) return HelpText{*std::move(page)};
  const auto parsed = split_options(args, description_of_all(), "brood simulate");
  if (const auto* const error = std::get_if<OptionError>(&parsed)) return *error;
  SimulateOptions options;
  if (auto error = apply(options, std::get<Entries>(parsed))) return *std::move(error);
  if (options.duration) options.trace.duration = *options.duration;
  if (auto error = check_size(options)) return *std::move(error);
  return options;
}

}  // namespace brood
