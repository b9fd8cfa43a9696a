#pragma once

#include <cstdint>

namespace brood {

/// Bytes that a connected socket's kernel has taken from us and not yet got rid of: of TCP, what
/// the peer has not acknowledged (SIOCOUTQ, tcp(7)). 0 if the kernel does not tell.
std::uint64_t unsent_bytes(int fd) noexcept;

}  // namespace brood
