#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace brood {

/// One option as somebody gave it, with the place to blame.
struct OptionEntry {
  std::string name;       ///< Without dashes, not yet known to exist.
  std::string value;      ///< Not yet checked.
  std::string path = {};  ///< Of the config file; empty for the command line.
  unsigned line = 0;      ///< From 1 in a file; 0 for the command line.
};

/// A mistake of the user, for exit status 2: one line that names the thing and the remedy, without
/// a final full stop or new line. main() puts "brood: " before it.
struct OptionError {
  std::string message;
};
struct HelpText {
  std::string text;  ///< Whole lines; for stdout and exit status 0.
};

/// The bytes of the file at a path. See read_config_file().
using ConfigReader = std::function<Result<std::string>(const std::string& path)>;

/// What a person gave, fit for one line of a message.
inline std::string shown(std::string_view text) {
  constexpr std::size_t size_max = 80;
  if (text.empty()) return "\"\"";
  return text.size() <= size_max ? escape(text) : escape(text.substr(0, size_max)) + "...";
}

/// "brood.conf:3: ", or nothing for the command line.
inline std::string located(const OptionEntry& entry) {
  if (entry.line == 0) return {};
  return escape(entry.path) + ':' + std::to_string(entry.line) + ": ";
}

/// "--min-spare", or "min-spare" in a file.
inline std::string spelled(const OptionEntry& entry) {
  return (entry.line == 0 ? "--" : "") + shown(entry.name);
}

/// "--min-spare 5", or "min-spare = 5" in a file.
inline std::string assigned(const OptionEntry& entry) {
  return spelled(entry) + (entry.line == 0 ? " " : " = ") + shown(entry.value);
}

}  // namespace brood
