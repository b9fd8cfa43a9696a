#pragma once

#include <cstdint>
#include <span>

#include <brood/unique_fd.hpp>
#include "base/result.hpp"

namespace brood {

/// The two ends of one socketpair(AF_UNIX, SOCK_STREAM), both close-on-exec and non-blocking.
struct Channel {
  UniqueFd supervisor_end;
  UniqueFd worker_end;
};

/// \return EMFILE, ENFILE, ENOMEM where the kernel has no more of them.
Result<Channel> open_channel() noexcept;

/// How an attempt to move bytes without waiting ended.
enum class Transfer : std::uint8_t { done, would_block, closed, failed };

/// Sends all of `bytes` or, if the peer does not read, nothing. Never waits, never raises SIGPIPE.
Transfer send_whole(int fd, std::span<const std::uint8_t> bytes) noexcept;

/// Receives what is there into the front of `bytes` and shrinks it to that.
Transfer receive_some(int fd, std::span<std::uint8_t>& bytes) noexcept;

}  // namespace brood
