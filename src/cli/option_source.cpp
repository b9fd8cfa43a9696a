#include "cli/option_source.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/config_file.hpp"

namespace brood {
namespace {

/// \param earlier What stood before `entry` in the same source.
std::optional<OptionError> apply_entry(const OptionEntry& entry,
                                       std::span<const OptionEntry> earlier,
                                       const FindTarget& find) {
  const auto found = find(entry);
  if (const auto* const problem = std::get_if<Problem>(&found))
    return OptionError{located(entry) + problem->text};
  const OptionTarget& target = std::get<OptionTarget>(found);
  if (!target.set && entry.line != 0)
    return OptionError{located(entry) + spelled(entry) + " belongs on the command line"};
  if (!target.takes_value) return std::nullopt;
  if (entry.value.empty()) return OptionError{located(entry) + spelled(entry) + " needs a value"};
  const OptionEntry* const first = find_entry(earlier, entry.name);
  if (first == nullptr && target.clear) target.clear();
  if (first != nullptr && !target.clear)
    return OptionError{located(entry) + assigned(entry) + ": given twice, first as " +
                       assigned(*first) + ": keep one"};
  if (!target.set) return std::nullopt;
  if (const auto problem = target.set(entry.value))
    return OptionError{located(entry) + assigned(entry) + ": " + problem->text};
  return std::nullopt;
}

}  // namespace

std::optional<OptionError> apply_entries(std::span<const OptionEntry> entries,
                                         const FindTarget& find) {
  for (std::size_t at = 0; at < entries.size(); ++at)
    if (auto error = apply_entry(entries[at], entries.first(at), find)) return error;
  return std::nullopt;
}

const OptionEntry* find_entry(std::span<const OptionEntry> entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &OptionEntry::name);
  return found == entries.end() ? nullptr : &*found;
}

std::variant<std::vector<OptionEntry>, OptionError> load_config(const OptionEntry& option,
                                                                const ConfigReader& read_config) {
  const auto text = read_config(option.value);
  if (!text)
    return OptionError{assigned(option) + ": cannot be read: " + text.error().code.message()};
  return parse_config_text(*text, option.value);
}

std::string_view nearest_option(std::string_view name, std::span<const std::string_view> names) {
  if (const std::string_view near = nearest_name(name, names); !near.empty()) return near;
  const auto begun = std::ranges::find_if(
      names, [&](std::string_view known) { return name.size() > 2 && known.starts_with(name); });
  return begun == names.end() ? std::string_view{} : *begun;
}

}  // namespace brood
