#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/serve_options.hpp"

/// Files that exist only in a test. One that is not in it is missing, as ENOENT.
using Files = std::map<std::string, std::string>;

inline constexpr std::array<std::string_view, 2> test_handlers{"demo", "echo"};
inline constexpr brood::ServeProgram test_program{.command = "brood serve",
                                                  .handlers = test_handlers};

/// The words of a command line, split at blanks; '' is an empty one.
inline std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> list;
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    if (!word.empty()) list.emplace_back(word == "''" ? "" : word);
  }
  return list;
}

inline brood::ServeParse parse(std::string_view line, const Files& files = {},
                               const brood::ServeProgram& program = test_program) {
  const auto read = [&](const std::string& path) -> brood::Result<std::string> {
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    return brood::Failure{.code = {ENOENT, boost::system::system_category()}, .operation = "open"};
  };
  return brood::parse_serve_options(words(line), program, read);
}

/// The options of a line that must be right; throws std::bad_variant_access otherwise.
inline brood::ServeOptions options_of(std::string_view line, const Files& files = {}) {
  return std::get<brood::ServeOptions>(parse(line, files));
}

/// The message for a line that must be wrong; says so if it is not.
inline std::string error_of(std::string_view line, const Files& files = {}) {
  const auto parsed = parse(line, files);
  const auto* const error = std::get_if<brood::OptionError>(&parsed);
  return error == nullptr ? "(no error)" : error->message;
}
