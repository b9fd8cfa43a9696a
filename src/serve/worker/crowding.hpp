#pragma once

#include <cstdint>

#include "wire/scoreboard.hpp"

namespace brood {

/// Whether the worker in this slot has more connections open than one and the mean of it and its
/// nearest neighbours (sixteen at most). Who is full or at work takes none now, and is left out.
/// The kernel wakes one worker again and again, the first in a listener's queue: who is crowded
/// gives way. So the fullest has two more than the mean at most when connections come one by one.
bool is_crowded(const Scoreboard& scoreboard, std::uint32_t slot) noexcept;

}  // namespace brood
