#include "cli/option_command_line.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "cli/help_page.hpp"
#include "cli/option_syntax.hpp"
#include "cli/option_table.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;

std::vector<OptionRow> rows_of(const ServeProgram& program) {
  std::vector<OptionRow> rows;
  for (const OptionRow& row : option_table())
    if (is_offered(row, program)) rows.push_back(row);
  return rows;
}

po::options_description description_of_all(const ServeProgram& program) {
  po::options_description all;
  for (const OptionRow& row : rows_of(program))
    add_option(all, std::string(row.name), !row.kind.value_name.empty());
  return all;
}

HelpLine help_line(const OptionRow& row) {
  HelpLine line{option_usage(row.name, row.kind.value_name), std::string(row.help)};
  if (row.kind.show != nullptr) line.text += " [" + row.kind.show(ServeOptions{}).front() + ']';
  return line;
}

std::vector<HelpRow> help_rows(const ServeProgram& program) {
  std::vector<HelpRow> rows;
  for (const OptionRow& row : rows_of(program)) rows.push_back({row.group, help_line(row)});
  return rows;
}

OptionEntry entry_of(std::string_view name, std::string_view value) {
  return {.name = std::string(name), .value = std::string(value)};
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Arguments without an option before them: none, or the three numbers of the short form.
std::variant<std::vector<OptionEntry>, OptionError> expand_short_form(
    const std::vector<std::string>& positional, const ServeProgram& program) {
  constexpr std::array<std::string_view, 3> names{"min-spare", "max-spare", "max-requests"};
  if (positional.empty()) return std::vector<OptionEntry>{};
  const auto odd = std::ranges::find_if_not(positional, is_whole_number);
  const bool dashed = odd != positional.end() && odd->size() > 1 && odd->front() == '-';
  if (dashed && !is_whole_number(odd->substr(1)))
    return OptionError{unknown_option(*odd, "--", program)};
  const std::string command{program.command};
  if (odd != positional.end() || positional.size() != names.size())
    return OptionError{
        "unexpected argument " + shown(odd != positional.end() ? *odd : positional.front()) +
        ": options begin with --, and the short form has three whole numbers: " + command +
        " MIN-SPARE MAX-SPARE MAX-REQUESTS, as in " + command + " 5 10 100"};
  std::vector<OptionEntry> entries;
  for (std::size_t i = 0; i < names.size(); ++i)
    entries.push_back(entry_of(names[i], positional[i]));
  return entries;
}

/// \throw po::error for a value that is missing or not allowed.
std::vector<po::option> tokenize(std::span<const std::string> args, const ServeProgram& program) {
  namespace style = po::command_line_style;
  const po::options_description all = description_of_all(program);
  return po::command_line_parser({args.begin(), args.end()})
      .options(all)
      .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
      .allow_unregistered()
      .run()
      .options;
}

}  // namespace

std::string unknown_option(std::string_view typed, std::string_view dashes,
                           const ServeProgram& program) {
  typed = typed.substr(0, typed.find('='));
  const std::size_t first = std::min(typed.find_first_not_of('-'), typed.size());
  const std::string_view nearest = nearest_option(typed.substr(first));
  std::string text = "unknown option " + shown(typed);
  if (nearest.empty() || !is_offered(*find_option(nearest), program))
    return text.append(": see ").append(program.command).append(" --help");
  return text.append(": did you mean ").append(dashes).append(nearest).append("?");
}

std::variant<CommandLine, OptionError> split_command_line(std::span<const std::string> args,
                                                          const ServeProgram& program) try {
  CommandLine line;
  std::vector<std::string> positional;
  for (const po::option& option : tokenize(args, program)) {
    if (option.unregistered)
      return OptionError{unknown_option(option.original_tokens.front(), "--", program)};
    const std::string value = option.value.empty() ? "" : option.value.front();
    if (option.string_key.empty())
      positional.push_back(value);
    else if (value.starts_with("--"))  // No value of ours does: it is the next option.
      return OptionError{"--" + option.string_key + " needs a value"};
    else
      line.entries.push_back(entry_of(option.string_key, value));
  }
  auto expanded = expand_short_form(positional, program);
  if (const auto* const error = std::get_if<OptionError>(&expanded)) return *error;
  line.is_short_form = !positional.empty();
  std::ranges::move(std::get<0>(expanded), std::back_inserter(line.entries));
  return line;
} catch (const po::error& error) {
  return to_option_error(error);
}

std::string help_page(const ServeProgram& program) {
  const std::string command{program.command};
  std::vector<std::string_view> model_names;
  for (const Model& model : models()) model_names.push_back(model.name);
  std::string page = "Usage: " + command + " [OPTION...]\n       " + command +
                     " MIN-SPARE MAX-SPARE MAX-REQUESTS [OPTION...]\n"
                     "Serves HTTP from a pool of processes that sizes itself.\n" +
                     help_groups(help_rows(program)) +
                     "\nTIME: 250ms, 3s, 5m, 2h. SIZE: 512, 64k, 16M.\n" +
                     listed("Models", model_names);
  if (!program.handlers.empty()) page += listed("Handlers", program.handlers);
  return page;
}

}  // namespace brood
