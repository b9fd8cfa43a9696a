#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace brood {

/// The whole of a file.
Result<std::string> read_file(const std::string& path);

/// \return what went wrong, if anything did: a disk that is full is noticed.
std::optional<Failure> write_file(const std::string& path, const std::string& text);

/// Makes the folder that an option names, and those above it, where they are not there yet.
/// \return what went wrong, in one line with the option, if anything did.
std::optional<std::string> make_folder(const char* option, const std::string& path);

/// Writes a file that an option names; no path, no file.
/// \return what went wrong, in one line with the option, if anything did.
std::optional<std::string> write_output(const char* option, const std::string& path,
                                        const std::string& text);

}  // namespace brood
