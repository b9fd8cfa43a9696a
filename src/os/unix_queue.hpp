#pragma once

#include <cstdint>

namespace brood {

/// The length of a listening unix socket's accept queue, asked of the kernel by sock_diag(7)
/// (UNIX_DIAG_RQLEN). 0 if the kernel was built without it.
std::uint32_t unix_queue_length(int listener_fd) noexcept;

}  // namespace brood
