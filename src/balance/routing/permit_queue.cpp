#include "balance/routing/permit_queue.hpp"

#include <algorithm>

namespace brood {

/// Among those who wait; behind them if it does not.
std::size_t PermitQueue::position_of(Thread thread) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(waiting_, thread) - waiting_.begin());
}

std::optional<PermitQueue::Thread> PermitQueue::at(std::size_t position) const noexcept {
  return position < waiting_.size() ? std::optional(waiting_[position]) : std::nullopt;
}

bool PermitQueue::may_take(Thread thread) const noexcept {
  return position_of(thread) < free();
}

bool PermitQueue::take(Thread thread) {
  const std::size_t position = position_of(thread);
  if (position >= free()) return false;
  if (position < waiting_.size())
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
  ++taken_;
  return true;
}

void PermitQueue::want(Thread thread) {
  if (position_of(thread) == waiting_.size()) waiting_.push_back(thread);
}

std::optional<PermitQueue::Thread> PermitQueue::give_back() noexcept {
  --taken_;
  return free() > 0 ? at(free() - 1) : std::nullopt;
}

std::optional<PermitQueue::Thread> PermitQueue::decline(Thread thread) {
  const std::size_t position = position_of(thread);
  if (position == waiting_.size() || position >= free()) return std::nullopt;
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
  return at(free() - 1);
}

std::optional<PermitQueue::Thread> PermitQueue::set_max(std::uint32_t max) noexcept {
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
