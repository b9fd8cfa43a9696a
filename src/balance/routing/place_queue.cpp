#include "balance/routing/place_queue.hpp"

#include <algorithm>

namespace brood {

/// Among those who wait; behind them if it does not.
std::size_t PlaceQueue::place_of(Thread thread) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(waiting_, thread) - waiting_.begin());
}

std::optional<PlaceQueue::Thread> PlaceQueue::at(std::size_t place) const noexcept {
  return place < waiting_.size() ? std::optional(waiting_[place]) : std::nullopt;
}

bool PlaceQueue::may_take(Thread thread) const noexcept {
  return place_of(thread) < free();
}

bool PlaceQueue::take(Thread thread) {
  const std::size_t place = place_of(thread);
  if (place >= free()) return false;
  if (place < waiting_.size())
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(place));
  ++taken_;
  return true;
}

void PlaceQueue::want(Thread thread) {
  if (place_of(thread) == waiting_.size()) waiting_.push_back(thread);
}

std::optional<PlaceQueue::Thread> PlaceQueue::give_back() noexcept {
  --taken_;
  return free() > 0 ? at(free() - 1) : std::nullopt;
}

std::optional<PlaceQueue::Thread> PlaceQueue::decline(Thread thread) {
  const std::size_t place = place_of(thread);
  if (place == waiting_.size() || place >= free()) return std::nullopt;
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(place));
  return at(free() - 1);
}

std::optional<PlaceQueue::Thread> PlaceQueue::set_max(std::uint32_t max) noexcept {
  // One step at a time, so that each who is entitled by it is woken.
  if (max <= max_) {
    max_ = max;
    return std::nullopt;
  }
  while (max_ < max) {
    ++max_;
    if (const auto entitled = free() > 0 ? at(free() - 1) : std::nullopt) return entitled;
    if (free() >= waiting_.size()) max_ = max;
  }
  return std::nullopt;
}

}  // namespace brood
