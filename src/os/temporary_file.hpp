#pragma once

#include <brood/unique_fd.hpp>
#include <string>

#include "base/result.hpp"

namespace brood {

/// Where temporary files are made: $TMPDIR if that is an absolute path, else /tmp.
std::string temporary_folder();
bool is_temporary_folder_chosen() noexcept;  ///< By $TMPDIR.

/// A file without a name in that folder, for reading and writing; gone when it is closed.
/// \return ENOSPC, EMFILE, EACCES ... as open(2) has them.
Result<UniqueFd> open_temporary_file() noexcept;

}  // namespace brood
