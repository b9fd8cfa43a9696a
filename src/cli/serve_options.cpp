#include "cli/serve_options.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "cli/help_page.hpp"
#include "cli/option_pool.hpp"

namespace brood {
namespace {

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Arguments without an option before them: none, or the three numbers of the short form, which
/// become the options that they stand for.
std::optional<OptionError> expand_short_form(GivenOptions& given, const OptionTable& table,
                                             std::string_view program) {
  constexpr std::array<std::string_view, 3> names{"min-spare", "max-spare", "max-requests"};
  if (given.positional.empty()) return std::nullopt;
  const auto odd = std::ranges::find_if_not(given.positional, is_whole_number);
  const std::string command{program};
  if (odd != given.positional.end() || given.positional.size() != names.size())
    return table.unexpected(odd != given.positional.end() ? *odd : given.positional.front(),
                            ", and the short form has three whole numbers: " + command +
                                " MIN-SPARE MAX-SPARE MAX-REQUESTS, as in " + command +
                                " 5 10 100");
  for (std::size_t i = 0; i < names.size(); ++i)
    given.typed.push_back({.name = std::string(names[i]), .value = given.positional[i]});
  return std::nullopt;
}

std::string serve_page(const OptionTable& table, const ServeProgram& program) {
  const std::string command{program.command};
  std::vector<std::string_view> model_names;
  for (const Model& model : models()) model_names.push_back(model.name);
  std::string page = "Usage: " + command + " [OPTION...]\n       " + command +
                     " MIN-SPARE MAX-SPARE MAX-REQUESTS [OPTION...]\n"
                     "Serves HTTP from a pool of processes that sizes itself.\n" +
                     table.help() + "\nTIME: 250ms, 3s, 5m, 2h. SIZE: 512, 64k, 16M.\n" +
                     listed("Models", model_names);
  if (!program.handlers.empty()) page += listed("Handlers", program.handlers);
  return page;
}

}  // namespace

ServeParse parse_serve_options(std::span<const std::string> args, const ServeProgram& program,
                               const ConfigReader& read_config) {
  ServeOptions options;
  const OptionTable table = serve_table(options, program);
  if (auto page = page_asked_for(
          args, [&] { return serve_page(table, program); }, program.command))
    return HelpText{*std::move(page)};
  auto read = table.read(args, read_config);
  if (const auto* const error = std::get_if<OptionError>(&read)) return *error;
  auto& [given, typed, positional] = std::get<GivenOptions>(read);
  if (auto error = expand_short_form(std::get<GivenOptions>(read), table, program.command))
    return *error;
  if (auto error = table.apply(given)) return *error;
  if (auto error = table.apply(typed)) return *error;
  using Verbose = ServeOptions::Verbose;
  if (!positional.empty() && options.verbose == Verbose::automatic) options.verbose = Verbose::on;
  const bool check = find_entry(typed, "check") != nullptr;
  std::ranges::move(typed, std::back_inserter(given));  // The strongest last.
  if (auto error = settle_pool(options, given)) return *error;
  if (check) return CheckPassed{std::move(options)};
  return options;
}

DescribedOptions describe(const ServeOptions& options, const ServeProgram& program) {
  ServeOptions copy = options;
  DescribedOptions lines = serve_table(copy, program).describe();
  std::erase_if(lines, [&](const auto& line) { return !has_use_for(*options.model, line.first); });
  return lines;
}

}  // namespace brood
