#include "cli/balance_command_line.hpp"

#include <algorithm>

#include "cli/balance_options_table.hpp"
#include "cli/help_page.hpp"
#include "cli/option_source.hpp"
#include "cli/option_syntax.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;

constexpr std::string_view course_form =
    "write brood balance PORT SERVER-PORT..., as in brood balance 1234 8080 8081";

po::options_description description_of_all() {
  po::options_description all;
  for (const BalanceOptionRow& row : balance_option_table()) {
    std::string name{row.name};
    if (row.letter != 0) name.append(",").append(1, row.letter);
    add_option(all, name, !row.value_name.empty());
  }
  return all;
}

HelpLine help_line(const BalanceOptionRow& row) {
  HelpLine line{option_usage(row.name, row.value_name, row.letter), std::string(row.help)};
  if (row.show != nullptr)
    if (const auto preset = row.show(BalanceOptions{}); !preset.empty())
      line.text += " [" + preset.front() + ']';
  return line;
}

std::vector<HelpRow> help_rows() {
  std::vector<HelpRow> rows;
  for (const BalanceOptionRow& row : balance_option_table())
    rows.push_back({row.group, help_line(row)});
  return rows;
}

/// \throw po::error for a value that is missing or not allowed.
std::vector<po::option> tokenize(std::span<const std::string> args) {
  namespace style = po::command_line_style;
  const po::options_description all = description_of_all();
  return po::command_line_parser({args.begin(), args.end()})
      .options(all)
      .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next |
             style::allow_short | style::allow_dash_for_short | style::short_allow_adjacent |
             style::short_allow_next)
      .allow_unregistered()
      .run()
      .options;
}

/// po gives a short form as "-N".
std::string long_name(const std::string& key) {
  if (key.size() != 2 || key.front() != '-') return key;
  const auto rows = balance_option_table();
  return std::string(std::ranges::find(rows, key.back(), &BalanceOptionRow::letter)->name);
}

bool is_port(std::string_view text) {
  const auto port = read_count(text, 1, 65535);
  return port.has_value();
}

/// The ports of the course's form, or nothing.
std::variant<std::vector<OptionEntry>, OptionError> expand_ports(
    const std::vector<std::string>& ports) {
  std::vector<OptionEntry> entries;
  if (ports.empty()) return entries;
  for (const std::string& port : ports)
    if (!is_port(port))
      return OptionError{shown(port) + " is no port: a port is a number from 1 to 65535: " +
                         std::string(course_form)};
  entries.push_back({.name = "compat", .value = "cse130"});
  entries.push_back({.name = "listen", .value = "127.0.0.1:" + ports.front()});
  for (std::size_t at = 1; at < ports.size(); ++at)
    entries.push_back({.name = "server", .value = "127.0.0.1:" + ports[at]});
  return entries;
}

}  // namespace

std::string unknown_balance_option(std::string_view typed, std::string_view dashes) {
  typed = typed.substr(0, typed.find('='));
  const std::string_view name = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
  std::vector<std::string_view> names;
  for (const BalanceOptionRow& row : balance_option_table()) names.push_back(row.name);
  const std::string_view nearest = nearest_option(name, names);
  const std::string text = "unknown option " + shown(typed);
  if (nearest.empty()) return text + ": see brood balance --help";
  return text + ": did you mean " + std::string(dashes) + std::string(nearest) + '?';
}

std::variant<std::vector<OptionEntry>, OptionError> split_balance_command_line(
    std::span<const std::string> args) try {
  std::vector<OptionEntry> entries;
  std::vector<std::string> ports;
  for (const po::option& option : tokenize(args)) {
    if (option.unregistered)
      return OptionError{unknown_balance_option(option.original_tokens.front(), "--")};
    const std::string value = option.value.empty() ? "" : option.value.front();
    if (option.string_key.empty())
      ports.push_back(value);
    else if (value.starts_with("--"))  // No value of ours does: it is the next option.
      return OptionError{"--" + long_name(option.string_key) + " needs a value"};
    else
      entries.push_back({.name = long_name(option.string_key), .value = value});
  }
  auto expanded = expand_ports(ports);
  if (const auto* const error = std::get_if<OptionError>(&expanded)) return *error;
  std::ranges::move(std::get<0>(expanded), std::back_inserter(entries));
  return entries;
} catch (const po::error& error) {
  return to_option_error(error);
}

std::string balance_help_page() {
  return "Usage: brood balance --server HOST:PORT... [OPTION...]\n"
         "       brood balance PORT SERVER-PORT... [-N n] [-R r] [OPTION...]\n"
         "Stands in front of servers and shares requests out among those that are well.\n" +
         help_groups(help_rows()) + "\nTIME: 250ms, 3s, 5m. SIZE: 64k, 16M.\n" +
         listed("Strategies", strategy_names) + "docs/balancing.md tells what they do.\n";
}

}  // namespace brood
