#include "cli/serve_options.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/help_page.hpp"
#include "cli/option_command_line.hpp"
#include "cli/option_pool.hpp"
#include "cli/option_source.hpp"
#include "cli/option_table.hpp"

namespace brood {
namespace {

using Entries = std::vector<OptionEntry>;

/// One source over what a weaker one left.
std::optional<OptionError> apply(ServeOptions& options, std::span<const OptionEntry> entries,
                                 const ServeProgram& program) {
  return apply_entries(
      entries, [&](const OptionEntry& entry) -> std::variant<OptionTarget, Problem> {
        const OptionRow* const row = find_option(entry.name);
        if (row == nullptr || !is_offered(*row, program))
          return Problem{unknown_option(entry.name, entry.line == 0 ? "--" : "", program)};
        const OptionKind& kind = row->kind;
        OptionTarget target{.takes_value = !kind.value_name.empty()};
        if (kind.set != nullptr)
          target.set = [&options, &kind, &program](std::string_view text) {
            return kind.set(options, text, program.handlers);
          };
        if (kind.clear != nullptr) target.clear = [&options, &kind] { kind.clear(options); };
        return target;
      });
}

}  // namespace

ServeParse parse_serve_options(std::span<const std::string> args, const ServeProgram& program,
                               const ConfigReader& read_config) {
  if (auto page = page_asked_for(
          args, [&] { return help_page(program); }, program.command))
    return HelpText{*std::move(page)};
  auto split = split_command_line(args, program);
  if (const auto* const error = std::get_if<OptionError>(&split)) return *error;
  auto& [typed, is_short_form] = std::get<CommandLine>(split);

  Entries given;  // The strongest last.

  if (const OptionEntry* const config = find_entry(typed, "config")) {
    auto loaded = load_config(*config, read_config);
    if (const auto* const error = std::get_if<OptionError>(&loaded)) return *error;
    given = std::get<Entries>(std::move(loaded));
  }
  ServeOptions options;
  if (auto error = apply(options, given, program)) return *error;
  if (auto error = apply(options, typed, program)) return *error;
  using Verbose = ServeOptions::Verbose;
  if (is_short_form && options.verbose == Verbose::automatic) options.verbose = Verbose::on;
  const bool check = find_entry(typed, "check") != nullptr;
  std::ranges::move(typed, std::back_inserter(given));
  if (auto error = settle_pool(options, given)) return *error;
  if (check) return CheckPassed{std::move(options)};
  return options;
}

std::vector<std::pair<std::string_view, std::string>> describe(const ServeOptions& options,
                                                               const ServeProgram& program) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  for (const OptionRow& row : option_table())
    if (row.kind.show != nullptr && is_offered(row, program) && has_use_for(*options.model, row))
      for (std::string& text : row.kind.show(options))
        lines.emplace_back(row.name, std::move(text));
  return lines;
}

}  // namespace brood
