#include "serve/pool/restart.hpp"

#include <algorithm>

namespace brood {
namespace {

Duration pause_after(const RestartMemory& memory) noexcept {
  if (memory.open) return trial_interval;
  if (memory.failed_starts <= 1) return Duration{0};  // Anybody may die once.
  return std::min<Duration>(restart_pause_first * std::int64_t{1 << (memory.failed_starts - 2)},
                            restart_pause_max);
}

}  // namespace

RestartMemory after_failure(const RestartMemory& memory, TimePoint now) noexcept {
  RestartMemory next = memory;
  next.failed_starts = std::min(memory.failed_starts + 1, failed_starts_max);
  next.open = next.failed_starts >= failed_starts_max;
  next.spawn_after = std::max(memory.spawn_after, now + pause_after(next));
  return next;
}

RestartMemory after_early_end(const RestartMemory& memory, std::uint64_t answered,
                              TimePoint now) noexcept {
  const bool others_live = answered > memory.answered;
  RestartMemory next = others_live ? memory : after_failure(memory, now);
  next.answered = answered;
  return next;
}

RestartMemory after_spawn(const RestartMemory& memory, TimePoint now) noexcept {
  RestartMemory next = memory;
  if (memory.failed_starts > 1)
    next.spawn_after = std::max(memory.spawn_after, now + pause_after(memory));
  return next;
}

RestartMemory after_proof() noexcept {
  return {};
}

std::uint32_t spawn_allowance(const RestartMemory& memory, std::uint32_t usual, bool trial_running,
                              TimePoint now) noexcept {
  if (now < memory.spawn_after) return 0;
  if (memory.open) return trial_running ? 0 : std::min(usual, 1U);
  return memory.failed_starts > 1 ? std::min(usual, 1U) : usual;
}

Duration retry_pause(const RestartMemory& memory, TimePoint now) noexcept {
  constexpr Duration least = std::chrono::milliseconds{10};
  return std::max(memory.spawn_after - now, least);
}

}  // namespace brood
