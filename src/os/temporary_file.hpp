#pragma once

#include <brood/unique_fd.hpp>
#include "base/result.hpp"

namespace brood {

/// A file without a name, for reading and writing, in $TMPDIR or /tmp; gone when it is closed.
/// \return ENOSPC, EMFILE, EACCES ... as open(2) has them.
Result<UniqueFd> open_temporary_file() noexcept;

}  // namespace brood
