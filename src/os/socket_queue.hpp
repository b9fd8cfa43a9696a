#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace brood {

/// Bytes that a connected socket's kernel has taken from us and not yet got rid of: of TCP, what
/// the peer has not acknowledged (SIOCOUTQ, tcp(7)). 0 if the kernel does not tell.
std::uint64_t unsent_bytes(int fd) noexcept;

/// How long ago a connected socket's kernel has received bytes last or, if none have come, was
/// connected: as exactly as its ticks are, some milliseconds (tcpi_last_data_recv, tcp(7)). Nothing
/// if it is not of TCP.
std::optional<Duration> since_received(int fd) noexcept;

}  // namespace brood
