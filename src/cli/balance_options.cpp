#include "cli/balance_options.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/balance_command_line.hpp"
#include "cli/balance_options_table.hpp"
#include "cli/config_file.hpp"
#include "cli/option_entry.hpp"

namespace brood {
namespace {

using Entries = std::vector<OptionEntry>;

const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &OptionEntry::name);
  return found == entries.end() ? nullptr : &*found;
}

/// \param earlier What stood before `entry` in the same source.
std::optional<OptionError> apply_entry(BalanceOptions& options, const OptionEntry& entry,
                                       std::span<const OptionEntry> earlier) {
  const BalanceOptionRow* const row = find_balance_option(entry.name);
  if (row == nullptr)
    return OptionError{located(entry) +
                       unknown_balance_option(entry.name, entry.line == 0 ? "--" : "")};
  if (row->set == nullptr && entry.line != 0)
    return OptionError{located(entry) + spelled(entry) + " belongs on the command line"};
  if (row->value_name.empty()) return std::nullopt;
  if (entry.value.empty()) return OptionError{located(entry) + spelled(entry) + " needs a value"};
  const OptionEntry* const first = find_entry(earlier, entry.name);
  if (first == nullptr && row->clear != nullptr) row->clear(options);
  if (first != nullptr && row->clear == nullptr)
    return OptionError{located(entry) + assigned(entry) + ": given twice, first as " +
                       assigned(*first) + ": keep one"};
  if (row->set == nullptr) return std::nullopt;
  if (const auto problem = row->set(options, entry.value))
    return OptionError{located(entry) + assigned(entry) + ": " + problem->text};
  return std::nullopt;
}

/// One source over what a weaker one left.
std::optional<OptionError> apply_source(BalanceOptions& options,
                                        std::span<const OptionEntry> entries) {
  for (std::size_t at = 0; at < entries.size(); ++at)
    if (auto error = apply_entry(options, entries[at], entries.first(at))) return error;
  return std::nullopt;
}

std::variant<Entries, OptionError> load_config(const OptionEntry* option,
                                               const ConfigReader& read_config) {
  if (option == nullptr) return Entries{};
  const auto text = read_config(option->value);
  if (!text)
    return OptionError{assigned(*option) + ": cannot be read: " + text.error().code.message()};
  return parse_config_text(*text, option->value);
}

BalanceOptions course_defaults() {
  BalanceOptions options;
  options.compat = BalanceOptions::Compat::cse130;
  options.mode = ForwardSettings::Mode::tcp;
  options.strategy = Strategy::least_entries;
  options.parallel = 4;
  options.max_queue = 0;
  options.queue_timeout = Duration{0};
  options.health_requests = 5;
  options.health_rise = options.health_fall = 1;
  options.eject_after = 0;
  options.slow_start = Duration{0};
  return options;
}

bool is_course(std::span<const OptionEntry> entries) {
  return std::ranges::any_of(entries, [](const OptionEntry& entry) {
    return entry.name == "compat" && entry.value == "cse130";
  });
}

/// What options of their own are right do not fit each other.
std::optional<OptionError> check(const BalanceOptions& options) {
  if (options.servers.empty())
    return OptionError{
        "there is no server: name one with --server HOST:PORT, or write ports, as "
        "in brood balance 1234 8080 8081"};
  if (options.compat == BalanceOptions::Compat::cse130 && options.health_requests == 0)
    return OptionError{"--health-requests 0: must be at least 1 with --compat cse130"};
  if (options.mode == ForwardSettings::Mode::tcp && options.strategy == Strategy::hash &&
      options.hash_of != BalanceOptions::HashOf::client)
    return OptionError{"--hash-key: only client is known in mode tcp"};
  return std::nullopt;
}

}  // namespace

BalanceParse parse_balance_options(std::span<const std::string> args,
                                   const ConfigReader& read_config) {
  if (std::ranges::find(args, "--help") != args.end()) return HelpText{balance_help_page()};
  const auto split = split_balance_command_line(args);
  if (const auto* const error = std::get_if<OptionError>(&split)) return *error;
  const Entries& typed = std::get<Entries>(split);
  const auto loaded = load_config(find_entry(typed, "config"), read_config);
  if (const auto* const error = std::get_if<OptionError>(&loaded)) return *error;
  const Entries& file = std::get<Entries>(loaded);

  BalanceOptions options =
      is_course(typed) || is_course(file) ? course_defaults() : BalanceOptions{};
  if (auto error = apply_source(options, file)) return *error;
  if (auto error = apply_source(options, typed)) return *error;
  if (auto error = check(options)) return *error;
  if (find_entry(typed, "check") != nullptr) return BalanceCheckPassed{std::move(options)};
  return options;
}

std::vector<std::pair<std::string_view, std::string>> describe(const BalanceOptions& options) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  for (const BalanceOptionRow& row : balance_option_table())
    if (row.show != nullptr)
      for (std::string& text : row.show(options)) lines.emplace_back(row.name, std::move(text));
  return lines;
}

}  // namespace brood
