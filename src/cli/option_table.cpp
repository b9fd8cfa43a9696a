#include "cli/option_table.hpp"

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.hpp"
#include "cli/config_file.hpp"
#include "cli/help_page.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;

po::options_description to_description(const std::vector<Option>& options) {
  po::options_description all;
  for (const Option& option : options) {
    std::string name{option.name};
    if (option.letter != 0) name.append(",").append(1, option.letter);
    if (option.value.unit.empty())
      all.add_options()(name.c_str(), "");
    else
      all.add_options()(name.c_str(), po::value<std::string>(), "");
  }
  return all;
}

/// \throw po::error for a value that is missing or not allowed.
std::vector<po::option> tokenize(std::span<const std::string> args,
                                 const std::vector<Option>& options) {
  namespace style = po::command_line_style;
  const po::options_description all = to_description(options);
  int allowed = style::allow_long | style::long_allow_adjacent | style::long_allow_next;
  if (std::ranges::any_of(options, [](const Option& option) { return option.letter != 0; }))
    allowed |= style::allow_short | style::allow_dash_for_short | style::short_allow_adjacent |
               style::short_allow_next;
  return po::command_line_parser({args.begin(), args.end()})
      .options(all)
      .style(allowed)
      .allow_unregistered()
      .run()
      .options;
}

/// Of a key that may be a short form, "-N".
std::string long_name(const std::string& key, const std::vector<Option>& options) {
  if (key.size() != 2 || key.front() != '-') return key;
  return std::string(std::ranges::find(options, key.back(), &Option::letter)->name);
}

/// What Boost's parser has thrown, as a mistake of the user.
OptionError to_option_error(const po::error& error) {
  const auto* const syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error);
  if (syntax == nullptr) return {escape(error.what())};
  const bool extra = syntax->kind() == po::invalid_syntax::extra_parameter;
  return {shown(syntax->get_option_name()) + (extra ? " takes no value" : " needs a value")};
}

/// The one that was probably meant, by a wrong letter or a beginning of its name, or empty.
std::string_view nearest_option(std::string_view name, const std::vector<Option>& options) {
  std::vector<std::string_view> names;
  for (const Option& option : options) names.push_back(option.name);
  if (const std::string_view near = nearest_name(name, names); !near.empty()) return near;
  const auto begun = std::ranges::find_if(
      names, [&](std::string_view known) { return name.size() > 2 && known.starts_with(name); });
  return begun == names.end() ? std::string_view{} : *begun;
}

}  // namespace

OptionTable::OptionTable(std::string_view command, std::vector<Option> options)
    : command_(command), options_(std::move(options)) {}

const Option* OptionTable::find(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found == options_.end() ? nullptr : &*found;
}

OptionError OptionTable::unknown(std::string_view typed, std::string_view dashes) const {
  typed = typed.substr(0, typed.find('='));
  const std::size_t first = std::min(typed.find_first_not_of('-'), typed.size());
  const std::string_view nearest = nearest_option(typed.substr(first), options_);
  const std::string text = "unknown option " + shown(typed);
  if (nearest.empty()) return {text + ": see " + command_ + " --help"};
  return {text + ": did you mean " + std::string(dashes) + std::string(nearest) + '?'};
}

OptionError OptionTable::unexpected(const std::string& argument, std::string_view forms) const {
  if (argument.size() > 1 && argument.front() == '-' &&
      argument.find_first_not_of("0123456789", 1) != std::string::npos)
    return unknown(argument);
  return {"unexpected argument " + shown(argument) + ": options begin with --" +
          std::string(forms)};
}

std::variant<GivenOptions, OptionError> OptionTable::read(std::span<const std::string> args,
                                                          const ConfigReader& read_config) const
    try {
  GivenOptions given;
  for (const po::option& option : tokenize(args, options_)) {
    if (option.unregistered) return unknown(option.original_tokens.front());
    const std::string value = option.value.empty() ? "" : option.value.front();
    if (option.string_key.empty()) {
      given.positional.push_back(value);
      continue;
    }
    const std::string name = long_name(option.string_key, options_);
    if (value.starts_with("--"))  // No value of ours does: it is the next option.
      return OptionError{"--" + name + " needs a value"};
    given.typed.push_back({.name = name, .value = value});
  }
  if (auto error = load_config(given, read_config)) return *std::move(error);
  return given;
} catch (const po::error& error) {
  return to_option_error(error);
}

std::optional<OptionError> OptionTable::load_config(GivenOptions& given,
                                                    const ConfigReader& read) const {
  const OptionEntry* const config = find_entry(given.typed, "config");
  if (config == nullptr) return std::nullopt;
  const auto text = read(config->value);
  if (!text)
    return OptionError{assigned(*config) + ": cannot be read: " + text.error().code.message()};
  auto parsed = parse_config_text(*text, config->value);
  if (const auto* const error = std::get_if<OptionError>(&parsed)) return *error;
  given.file = std::get<0>(std::move(parsed));
  return std::nullopt;
}

/// \param earlier What stood before `entry` in the same source.
std::optional<OptionError> OptionTable::apply_one(const OptionEntry& entry,
                                                  std::span<const OptionEntry> earlier) const {
  const auto mistake = [&](const std::string& text) { return OptionError{located(entry) + text}; };
  const Option* const option = find(entry.name);
  if (option == nullptr) return mistake(unknown(entry.name, entry.line == 0 ? "--" : "").message);
  const OptionValue& value = option->value;
  if (!value.set && entry.line != 0)
    return mistake(spelled(entry) + " belongs on the command line");
  if (value.unit.empty()) return std::nullopt;
  if (entry.value.empty()) return mistake(spelled(entry) + " needs a value");
  const OptionEntry* const first = find_entry(earlier, entry.name);
  if (first == nullptr && value.clear) value.clear();
  if (first != nullptr && !value.clear)
    return mistake(assigned(entry) + ": given twice, first as " + assigned(*first) + ": keep one");
  if (!value.set) return std::nullopt;
  if (const auto problem = value.set(entry.value))
    return mistake(assigned(entry) + ": " + problem->text);
  return std::nullopt;
}

std::optional<OptionError> OptionTable::apply(std::span<const OptionEntry> entries) const {
  for (std::size_t at = 0; at < entries.size(); ++at)
    if (auto error = apply_one(entries[at], entries.first(at))) return error;
  return std::nullopt;
}

std::variant<GivenOptions, OptionError> OptionTable::take(std::span<const std::string> args) const {
  auto given = read(args);
  if (const auto* const split = std::get_if<GivenOptions>(&given)) {
    if (!split->positional.empty()) return unexpected(split->positional.front());
    if (auto error = apply(split->typed)) return *std::move(error);
  }
  return given;
}

std::string OptionTable::help() const {
  std::string page;
  std::string_view heading;
  for (const Option& option : options_) {
    if (option.group != heading) page += help_heading(heading = option.group);
    std::string text{option.help};
    const auto preset = option.value.show ? option.value.show() : OptionValue::Texts{};
    if (!preset.empty()) text += " [" + preset.front() + ']';
    page += help_line(option_usage(option.name, option.value.unit, option.letter), text);
  }
  return page;
}

DescribedOptions OptionTable::describe() const {
  DescribedOptions lines;
  for (const Option& option : options_)
    if (option.value.show)
      for (std::string& text : option.value.show())
        lines.emplace_back(option.name, std::move(text));
  return lines;
}

const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &OptionEntry::name);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace brood
