#pragma once

#include "base/clock.hpp"

namespace brood {

// The clock by which a worker gives up those whom it waits for: of each thread its own, it stands
// still while the process does (SIGSTOP, a frozen container). What is in a pause counts for nobody.
// Other processes do not share it: what they are shown is steady_of().

/// Now, all pauses left out.
TimePoint lived_now() noexcept;

/// After a wait that was to end by `due`: one that has lasted much longer was a pause as well.
/// \return now
TimePoint lived_after(TimePoint due) noexcept;

/// On the clock that all processes share.
TimePoint steady_of(TimePoint lived) noexcept;

/// In a process that uses this clock: to hear when it goes on after a stop. No system call is
/// restarted because of it that would not be anyway.
void hear_of_pauses() noexcept;

}  // namespace brood
