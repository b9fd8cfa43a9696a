#pragma once

#include <brood/unique_fd.hpp>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace brood {

/// Opens what a path stands for beneath the folder `root` and nothing else: neither dots nor
/// symbolic links lead out of it, not even while somebody moves folders about, for the kernel
/// itself sees to that (openat2(2), RESOLVE_BENEATH). A link to an absolute path, which that call
/// refuses, is followed if what it leads to is beneath the root. EXDEV: it is not.
/// \param path  relative, of the root itself "." or "".
/// \param flags of open(2); O_CLOEXEC is added.
Result<UniqueFd> open_beneath(int root, const std::string& path, int flags);

}  // namespace brood
