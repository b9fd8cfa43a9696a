#include "serve/worker/crowding.hpp"

#include <algorithm>

namespace brood {
namespace {

constexpr std::uint32_t neighbours_max = 16;

bool could_take_it(const SlotPage& page, const WorkerSnapshot& snapshot) noexcept {
  return snapshot.state == WorkerState::idle &&
         page.phase.load(std::memory_order_relaxed) == Phase::waiting;
}

}  // namespace

bool is_crowded(const Scoreboard& scoreboard, std::uint32_t slot) noexcept {
  const std::uint64_t own = scoreboard.slots[slot].state.load().open;
  if (own < 2) return false;  // No mean is below zero.
  const std::uint32_t slot_count = scoreboard.head->slot_count.load(std::memory_order_relaxed);
  const std::uint32_t neighbours = std::min(neighbours_max, std::max(slot_count, 1U) - 1);
  std::uint64_t sum = own;
  std::uint64_t workers = 1;
  for (std::uint32_t step = 1; step <= neighbours; ++step) {
    const SlotPage& page = scoreboard.slots[(slot + step) % slot_count];
    const WorkerSnapshot other = page.state.load();
    if (!could_take_it(page, other)) continue;
    sum += other.open;
    ++workers;
  }
  return own * workers > sum + workers;
}

}  // namespace brood
