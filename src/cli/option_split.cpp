#include "cli/option_split.hpp"

#include <optional>

#include "base/text.hpp"
#include "cli/option_source.hpp"
#include "cli/option_syntax.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;
using SplitEntries = std::vector<OptionEntry>;

/// `original` as it was typed: "--min-spar=5", "-h", "5".
OptionError unknown_argument(std::string_view original, const po::options_description& all,
                             std::string_view command) {
  const std::string_view typed = original.substr(0, original.find('='));
  const std::size_t first = typed.find_first_not_of('-');
  if (first == 0 || first == std::string_view::npos)
    return {"unexpected argument " + shown(original) + ": options begin with --"};
  std::vector<std::string_view> names;
  for (const auto& option : all.options()) names.push_back(option->long_name());
  const std::string_view nearest = nearest_option(typed.substr(first), names);
  return {"unknown option " + shown(typed) +
          (nearest.empty() ? ": see " + std::string(command) + " --help"
                           : ": did you mean --" + std::string(nearest) + '?')};
}

std::optional<OptionError> refuse_repeated(std::span<const OptionEntry> entries) {
  for (const OptionEntry& entry : entries)
    if (const OptionEntry* const first = find_entry(entries, entry.name); first != &entry)
      return OptionError{assigned(entry) + ": given twice, first as " + assigned(*first) +
                         ": keep one"};
  return std::nullopt;
}

}  // namespace

std::variant<std::vector<OptionEntry>, OptionError> split_options(
    std::span<const std::string> args, const po::options_description& all,
    std::string_view command) try {
  namespace style = po::command_line_style;
  const auto parsed =
      po::command_line_parser({args.begin(), args.end()})
          .options(all)
          .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
          .allow_unregistered()
          .run();
  SplitEntries entries;
  for (const po::option& option : parsed.options) {
    if (option.unregistered || option.string_key.empty())
      return unknown_argument(option.original_tokens.front(), all, command);
    const bool is_flag = all.find(option.string_key, false).semantic()->max_tokens() == 0;
    const std::string value = option.value.empty() ? "" : option.value.front();
    // No value of ours begins with two dashes: it is the next option that was taken for one.
    if (!is_flag && (value.empty() || value.starts_with("--")))
      return OptionError{"--" + option.string_key + " needs a value"};
    entries.push_back({.name = option.string_key, .value = is_flag ? "on" : value});
  }
  if (auto error = refuse_repeated(entries)) return *std::move(error);
  return entries;
} catch (const po::error& error) {
  return to_option_error(error);
}

}  // namespace brood
