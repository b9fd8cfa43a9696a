#include "cli/serve_options.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/config_file.hpp"
#include "cli/option_command_line.hpp"
#include "cli/option_entry.hpp"
#include "cli/option_pool.hpp"
#include "cli/option_table.hpp"

namespace brood {
namespace {

using Entries = std::vector<OptionEntry>;

const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &OptionEntry::name);
  return found == entries.end() ? nullptr : &*found;
}

/// \param earlier  what stood before `entry` in the same source
std::optional<OptionError> apply_entry(ServeOptions& options, const OptionEntry& entry,
                                       std::span<const OptionEntry> earlier,
                                       const ServeProgram& program) {
  const OptionRow* const row = find_option(entry.name);
  if (row == nullptr || !is_offered(*row, program))
    return OptionError{located(entry) +
                       unknown_option(entry.name, entry.line == 0 ? "--" : "", program)};
  const OptionKind& kind = row->kind;
  if (kind.set == nullptr && entry.line != 0)
    return OptionError{located(entry) + spelled(entry) + " belongs on the command line"};
  if (kind.value_name.empty()) return std::nullopt;
  if (entry.value.empty()) return OptionError{located(entry) + spelled(entry) + " needs a value"};
  const OptionEntry* const first = find_entry(earlier, entry.name);
  if (first == nullptr && kind.clear != nullptr) kind.clear(options);
  if (first != nullptr && kind.clear == nullptr)
    return OptionError{located(entry) + assigned(entry) + ": given twice, first as " +
                       assigned(*first) + ": keep one"};
  if (kind.set == nullptr) return std::nullopt;
  if (const auto problem = kind.set(options, entry.value, program.handlers))
    return OptionError{located(entry) + assigned(entry) + ": " + problem->text};
  return std::nullopt;
}

/// One source over what a weaker one left.
std::optional<OptionError> apply(ServeOptions& options, std::span<const OptionEntry> entries,
                                 const ServeProgram& program) {
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (auto error = apply_entry(options, entries[i], entries.first(i), program)) return error;
  return std::nullopt;
}

std::variant<Entries, OptionError> load_config(const OptionEntry& option,
                                               const ConfigReader& read_config) {
  const auto text = read_config(option.value);
  if (!text)
    return OptionError{assigned(option) + ": cannot be read: " + text.error().code.message()};
  return parse_config_text(*text, option.value);
}

}  // namespace

ServeParse parse_serve_options(std::span<const std::string> args, const ServeProgram& program,
                               const ConfigReader& read_config) {
  if (std::ranges::find(args, "--help") != args.end()) return HelpText{help_page(program)};
  auto split = split_command_line(args, program);
  if (const auto* const error = std::get_if<OptionError>(&split)) return *error;
  Entries& typed = std::get<Entries>(split);

  Entries given;  // The strongest last.

  if (const OptionEntry* const config = find_entry(typed, "config")) {
    auto loaded = load_config(*config, read_config);
    if (const auto* const error = std::get_if<OptionError>(&loaded)) return *error;
    given = std::get<Entries>(std::move(loaded));
  }
  ServeOptions options;
  if (auto error = apply(options, given, program)) return *error;
  if (auto error = apply(options, typed, program)) return *error;
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
