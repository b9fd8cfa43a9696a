#pragma once
// How a command's help page looks: 80 columns, options on the left, plain sentences beside them.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brood {

/// "--min-spare N", with the short form behind it where there is one.
/// \param letter of the short form; 0: the one that every command has of it, or none
std::string option_usage(std::string_view name, std::string_view value_name, char letter = 0);

/// A heading, with an empty line before it.
std::string help_heading(std::string_view heading);

/// One option, or another name, and what is said of it.
/// \param text sentences; what stands in brackets is never broken
std::string help_line(std::string_view left, std::string_view text);

/// Text of a page, folded; each line after the first begins with `indent` blanks.
std::string folded(std::string_view text, std::size_t indent = 0);

/// Folded: "Models: prefork, thread."
std::string listed(std::string_view what, std::span<const std::string_view> names);

/// The page that --help or -h, or else --version or -V, among the arguments asks for: either wins
/// over everything else. \param program as a person types it
std::optional<std::string> page_asked_for(std::span<const std::string> args,
                                          const std::function<std::string()>& help_page,
                                          std::string_view program = "brood");

}  // namespace brood
