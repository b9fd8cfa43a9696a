#pragma once

#include <cstdint>

#include "wire/scoreboard.hpp"

namespace brood {

/// Whether the worker in this slot has more connections open than the mean of it and its nearest
/// neighbours (sixteen at most) and one. The kernel wakes the worker that has waited at a listener
/// longest without leaving the queue, again and again: who is crowded goes to the end of it. So the
/// fullest has two more than the mean at most when connections come one after the other.
bool is_crowded(const Scoreboard& scoreboard, std::uint32_t slot) noexcept;

}  // namespace brood
