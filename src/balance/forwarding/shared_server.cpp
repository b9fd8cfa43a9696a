#include "balance/forwarding/shared_server.hpp"

namespace brood {

bool SharedServer::may_take(std::uint32_t thread) const {
  const std::lock_guard lock(mutex_);
  return permits_.may_take(thread);
}

bool SharedServer::take(std::uint32_t thread) {
  const std::lock_guard lock(mutex_);
  return permits_.take(thread);
}

void SharedServer::give_back() {
  std::optional<std::uint32_t> next;
  {
    const std::lock_guard lock(mutex_);
    next = permits_.give_back();
  }
  if (next) wake_(*next, shared_from_this());
}

void SharedServer::want(std::uint32_t thread) {
  bool has_turn = false;
  {
    const std::lock_guard lock(mutex_);
    permits_.want(thread);
    has_turn = permits_.may_take(thread);  // Given back since it was found full.
  }
  if (has_turn) wake_(thread, shared_from_this());
}

void SharedServer::decline(std::uint32_t thread) {
  std::optional<std::uint32_t> next;
  {
    const std::lock_guard lock(mutex_);
    next = permits_.decline(thread);
  }
  if (next) wake_(*next, shared_from_this());
}

void SharedServer::set_max(std::uint32_t max) {
  for (;;) {
    std::optional<std::uint32_t> next;
    {
      const std::lock_guard lock(mutex_);
      next = permits_.set_max(max);
    }
    if (!next) return;
    wake_(*next, shared_from_this());
  }
}

}  // namespace brood
