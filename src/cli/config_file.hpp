#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cli/option_entry.hpp"
#include "cli/serve_options.hpp"

namespace brood {

/// Splits the text of a config file into its `name = value` lines. `#` at the start of a line or
/// after a blank begins a comment; blank lines and CRLF are fine; there are no sections. A value in
/// double quotes is taken as it stands, with its blanks and `#`; in it are \", \\ and \n. Names and
/// values are not checked, except that a name is there. `path` is for messages only.
std::variant<std::vector<OptionEntry>, OptionError> parse_config_text(std::string_view text,
                                                                      const std::string& path);

/// A value as parse_config_text() reads it back: in quotes, where it would not be read as it is.
std::string config_value(std::string_view value);

/// The whole file, or the error of open(2) or read(2): a directory is EISDIR. A file of more than
/// a mebibyte is none of ours: EFBIG.
Result<std::string> read_config_file(const std::string& path);

}  // namespace brood
