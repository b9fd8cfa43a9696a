#include "cli/option_split.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <optional>

#include "base/text.hpp"

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
  const std::string_view nearest = nearest_name(typed.substr(first), names);
  return {"unknown option " + shown(typed) +
          (nearest.empty() ? ": see " + std::string(command) + " --help"
                           : ": did you mean --" + std::string(nearest) + '?')};
}

std::optional<OptionError> refuse_repeated(const SplitEntries& entries) {
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const auto same = std::find_if(entries.begin(), entry,
                                   [&](const auto& other) { return other.name == entry->name; });
    if (same != entry)
      return OptionError{assigned(*entry) + ": given twice, first as " + assigned(*same) +
                         ": keep one"};
  }
  return std::nullopt;
}

}  // namespace

void add_option(po::options_description& group, std::string_view name, std::string_view value_name,
                const std::string& help) {
  if (value_name.empty())
    group.add_options()(std::string(name).c_str(), help.c_str());
  else
    group.add_options()(std::string(name).c_str(),
                        po::value<std::string>()->value_name(std::string(value_name)),
                        help.c_str());
}

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
} catch (const po::invalid_command_line_syntax& error) {
  const bool extra = error.kind() == po::invalid_syntax::extra_parameter;
  return OptionError{shown(error.get_option_name()) +
                     (extra ? " takes no value" : " needs a value")};
} catch (const po::error& error) {
  return OptionError{escape(error.what())};
}

}  // namespace brood
