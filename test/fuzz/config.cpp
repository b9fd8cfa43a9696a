#include <string>

#include "cli/config_file.hpp"
#include "fuzz/entries.hpp"

using namespace brood;

int fuzz_config(const std::uint8_t* data, std::size_t size) {
  const auto read = parse_config_text(fuzz::text_of(data, size), "fuzz.conf");
  if (const auto* error = std::get_if<OptionError>(&read)) {
    fuzz::require(!error->message.empty(), "an error says nothing");
    return 0;
  }
  const auto& entries = std::get<std::vector<OptionEntry>>(read);
  std::string again;
  unsigned line = 0;
  for (const OptionEntry& entry : entries) {
    fuzz::require(!entry.name.empty(), "a setting has no name");
    fuzz::require(entry.line > line, "lines are not in order");
    line = entry.line;
    again += entry.name + "=" + config_value(entry.value) + "\n";
  }
  const auto reread = parse_config_text(again, "fuzz.conf");
  const auto* same = std::get_if<std::vector<OptionEntry>>(&reread);
  fuzz::require(same != nullptr && same->size() == entries.size(), "what was read is not read");
  for (std::size_t at = 0; at < entries.size(); ++at)
    fuzz::require((*same)[at].name == entries[at].name && (*same)[at].value == entries[at].value,
                  "a setting is read in two ways");
  return 0;
}
