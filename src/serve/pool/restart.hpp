#pragma once
// When workers die as fast as they are made, two separate questions arise. Pacing: how long to wait
// before the next fork. Giving up: when to stop filling the pool and keep only what still lives.
// A start has failed if the worker never became IDLE and nobody told it to leave, whatever it ended
// with, or if it ended against our will before it had answered anything. The count of failed starts
// in a row answers both; the first worker that proves itself forgives all.

#include <cstdint>

#include "base/clock.hpp"

namespace brood {

/// Failed starts in a row before the circuit opens.
inline constexpr std::uint32_t failed_starts_max = 10;
/// The pause after the second failed_starts worker in a row; it doubles with each further one.
inline constexpr Duration restart_pause_first = std::chrono::milliseconds{50};
inline constexpr Duration restart_pause_max = std::chrono::seconds{2};
/// While the circuit is open: between two trial workers.
inline constexpr Duration trial_interval = std::chrono::seconds{3};
/// A worker that lives on for so long once it was IDLE is proven even if no client came.
inline constexpr Duration trial_proof = std::chrono::seconds{1};

/// What is remembered of recent failures; the caller keeps it. A value: no clock inside.
struct RestartMemory {
  std::uint32_t failed_starts = 0;  ///< In a row.
  bool open = false;                ///< The circuit: open means given up but for trials.
  TimePoint spawn_after;            ///< No fork before it.
  std::uint64_t answered = 0;       ///< By the whole pool, when a ready worker last ended early.

  friend bool operator==(const RestartMemory&, const RestartMemory&) = default;
};

/// After a worker that never came to be IDLE, or a fork that failed.
RestartMemory after_failure(const RestartMemory& memory, TimePoint now) noexcept;

/// After a worker that was IDLE and ended before it had answered anything. Where others have
/// answered since the last such end, it was its request that killed it: workers can live, and to
/// make the next one late would take the pool away from everybody else's requests.
/// \param answered requests so far, by all workers.
RestartMemory after_early_end(const RestartMemory& memory, std::uint64_t answered,
                              TimePoint now) noexcept;

/// After a worker was made: while they fail, the next is made no sooner than a pause later.
RestartMemory after_spawn(const RestartMemory& memory, TimePoint now) noexcept;

/// After a worker that was proven: all is forgiven and the circuit closed.
RestartMemory after_proof() noexcept;

/// How many workers may be made now: 0 (wait), 1 (a trial), or as many as `usual`.
/// \param trial_running a worker made since the circuit opened still lives: trials go one by one.
std::uint32_t spawn_allowance(const RestartMemory& memory, std::uint32_t usual, bool trial_running,
                              TimePoint now) noexcept;

/// How long to wait before a worker that could not be made, or may not be made now, is tried again.
Duration retry_pause(const RestartMemory& memory, TimePoint now) noexcept;

}  // namespace brood
