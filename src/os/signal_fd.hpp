#pragma once

#include <brood/unique_fd.hpp>

namespace brood {

/// Blocks a signal in the calling thread, for good, and opens a descriptor that is readable when it
/// has come. \return empty, with errno, when there is no descriptor left.
UniqueFd open_signal_fd(int number) noexcept;

/// Whether the signal has come since it was last taken.
bool take_signal(int signal_fd) noexcept;

/// The other way: in a child process that has inherited the blocked signal.
void unblock_signal(int number) noexcept;

}  // namespace brood
