#include "cli/balance_options.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/balance_command_line.hpp"
#include "cli/balance_options_table.hpp"
#include "cli/help_page.hpp"
#include "cli/option_source.hpp"

namespace brood {
namespace {

using Entries = std::vector<OptionEntry>;

/// One source over what a weaker one left.
std::optional<OptionError> apply_source(BalanceOptions& options,
                                        std::span<const OptionEntry> entries) {
  return apply_entries(
      entries, [&](const OptionEntry& entry) -> std::variant<OptionTarget, Problem> {
        const BalanceOptionRow* const row = find_balance_option(entry.name);
        if (row == nullptr)
          return Problem{unknown_balance_option(entry.name, entry.line == 0 ? "--" : "")};
        OptionTarget target{.takes_value = !row->value_name.empty()};
        if (row->set != nullptr)
          target.set = [&options, row](std::string_view text) { return row->set(options, text); };
        if (row->clear != nullptr) target.clear = [&options, row] { row->clear(options); };
        return target;
      });
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
  options.health_format = ProbeSettings::Format::entries;
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
  if (auto page = page_asked_for(args, balance_help_page)) return HelpText{*std::move(page)};
  const auto split = split_balance_command_line(args);
  if (const auto* const error = std::get_if<OptionError>(&split)) return *error;
  const Entries& typed = std::get<Entries>(split);
  Entries file;
  if (const OptionEntry* const config = find_entry(typed, "config")) {
    auto loaded = load_config(*config, read_config);
    if (const auto* const error = std::get_if<OptionError>(&loaded)) return *error;
    file = std::get<Entries>(std::move(loaded));
  }

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
