#include "cli/simulate_options.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/option_entry.hpp"
#include "cli/option_pool.hpp"
#include "cli/option_syntax.hpp"
#include "cli/option_table.hpp"
#include "cli/simulate_options_table.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names{shared_option_names.begin(), shared_option_names.end()};
  for (const SimulateOptionRow& row : simulate_option_table()) names.push_back(row.name);
  return names;
}

po::options_description description_of_all() {
  constexpr unsigned columns = 96;
  po::options_description all(columns, columns / 2);
  po::options_description pool("Pool (as brood serve)", columns, columns / 2);
  for (const std::string_view name : shared_option_names) {
    const OptionRow& row = *find_option(name);
    const std::string preset = row.kind.show(ServeOptions{}).front();
    add_option(pool, name, row.kind.value_name, std::string(row.help) + " [" + preset + ']');
  }
  const auto rows = simulate_option_table();
  for (auto first = rows.begin(); first != rows.end();) {
    po::options_description group(std::string(first->group), columns, columns / 2);
    const std::string_view heading = first->group;
    for (; first != rows.end() && first->group == heading; ++first)
      add_option(group, first->name, first->value_name, std::string(first->help));
    all.add(group);
    if (heading == "Load") all.add(pool);
  }
  return all;
}

HelpText help_page() {
  std::ostringstream page;
  page << "Usage: brood simulate [OPTION...]\n"
          "       brood simulate balance [OPTION...]  balancers and servers: see its --help\n"
          "Run the pool's policy over a load in virtual time: a table, and a plot if wanted.\n"
       << description_of_all()
       << "\nTIME: 250ms, 3s, 5m. A file has one arrival a line, in seconds: 0.25, or with its\n"
          "service time: 0.25,1.5.\n";
  return {page.str()};
}

/// `original` as it was typed: "--min-spar=5", "-h", "5".
OptionError unknown_argument(std::string_view original) {
  const std::string_view typed = original.substr(0, original.find('='));
  const std::size_t first = typed.find_first_not_of('-');
  if (first == 0 || first == std::string_view::npos)
    return {"unexpected argument " + shown(original) + ": options begin with --"};
  const std::string_view nearest = nearest_name(typed.substr(first), all_names());
  return {"unknown option " + shown(typed) +
          (nearest.empty() ? ": see brood simulate --help"
                           : ": did you mean --" + std::string(nearest) + '?')};
}

using Entries = std::vector<OptionEntry>;

std::variant<Entries, OptionError> split(std::span<const std::string> args) try {
  namespace style = po::command_line_style;
  const po::options_description all = description_of_all();
  const auto parsed =
      po::command_line_parser({args.begin(), args.end()})
          .options(all)
          .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
          .allow_unregistered()
          .run();
  Entries entries;
  for (const po::option& option : parsed.options) {
    if (option.unregistered || option.string_key.empty())
      return unknown_argument(option.original_tokens.front());
    const std::string value = option.value.empty() ? "" : option.value.front();
    // No value of ours begins with two dashes: it is the next option that was taken for one.
    if (value.empty() || value.starts_with("--"))
      return OptionError{"--" + option.string_key + " needs a value"};
    entries.push_back({.name = option.string_key, .value = value});
  }
  return entries;
} catch (const po::error& error) {
  return to_option_error(error);
}

std::optional<Problem> set_value(SimulateOptions& options, const OptionEntry& entry) {
  const auto rows = simulate_option_table();
  const auto row = std::ranges::find(rows, entry.name, &SimulateOptionRow::name);
  if (row != rows.end()) return row->set(options, entry.value);
  return find_option(entry.name)->kind.set(options.pool, entry.value, {});
}

std::optional<OptionError> apply(SimulateOptions& options, const Entries& entries) {
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const auto same = std::find_if(entries.begin(), entry,
                                   [&](const auto& other) { return other.name == entry->name; });
    if (same != entry)
      return OptionError{assigned(*entry) + ": given twice, first as " + assigned(*same) +
                         ": keep one"};
    if (const auto problem = set_value(options, *entry))
      return OptionError{assigned(*entry) + ": " + problem->text};
  }
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
  if (std::ranges::find(args, "--help") != args.end()) return help_page();
  const auto parsed = split(args);
  if (const auto* const error = std::get_if<OptionError>(&parsed)) return *error;
  SimulateOptions options;
  if (auto error = apply(options, std::get<Entries>(parsed))) return *std::move(error);
  if (options.duration) options.trace.duration = *options.duration;
  if (auto error = check_size(options)) return *std::move(error);
  return options;
}

}  // namespace brood
