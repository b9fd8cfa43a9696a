#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/regulator.hpp"
#include "serve/pool/slot.hpp"
#include "serve/pool/worker_state.hpp"

namespace brood {

/// How many workers are in which state. The sum of the four is the total.
struct Census {
  std::uint32_t starting = 0;  ///< INIT.
  std::uint32_t idle = 0;
  std::uint32_t busy = 0;
  std::uint32_t exiting = 0;  ///< EXIT.

  std::uint32_t total() const noexcept { return starting + idle + busy + exiting; }
  /// The count of one state.
  std::uint32_t& operator[](WorkerState state) noexcept;
  /// Moves workers along `path`. \pre the path starts from this census.
  void apply(const Path& path) noexcept;
  friend bool operator==(const Census&, const Census&) = default;
};

/// Whom to wake for those who wait although there are spares.
struct Nudge {
  std::optional<std::uint32_t> slot;
  bool again = false;  ///< Somebody else, `nudge_interval` later.
};

/// The one that was nudged may be stopped or on its way out, or there is none yet.
inline constexpr Duration nudge_interval = std::chrono::milliseconds{20};

/// So long a worker that takes no more is waited for before another is made in its stead.
inline constexpr Duration succession_delay = std::chrono::milliseconds{250};

/// The supervisor's picture of its workers: a value that is told what happened and answers
/// questions. It knows no process and no clock.
class Pool {
 public:
  /// \param capacity connections that a worker may have open at once.
  explicit Pool(std::uint32_t slot_count, std::uint32_t capacity = 1)
      : slots_(slot_count), capacity_(capacity) {}

  /// Another configuration is in force. Slots stay as they are, and are never fewer than before.
  /// \param capacity of those who are born from now on; spares are counted in such workers.
  void reconfigure(std::uint32_t slot_count, std::uint32_t capacity);

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(slots_.size()); }
  const Slot& operator[](std::uint32_t slot) const noexcept { return slots_[slot]; }
  Slot& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }

  /// One above the highest slot that was ever occupied: nothing beyond need be looked at.
  std::uint32_t used() const noexcept { return used_; }
  const Census& census() const noexcept { return census_; }

  /// The lowest empty slot; nothing when all are taken.
  std::optional<std::uint32_t> free_slot() const noexcept;

  /// A worker was forked into the empty `slot`: INIT.
  void born(std::uint32_t slot, int pid, TimePoint now) noexcept;

  /// What the worker shows now. \return the path to it; nothing if there is none: then the picture
  /// stays as it was and the worker has broken the protocol.
  std::optional<Path> observe(std::uint32_t slot, const WorkerSnapshot& seen,
                              TimePoint now) noexcept;

  /// Records what is meant with a worker, before it is done. The first kill stands.
  void intend(std::uint32_t slot, Intent intent) noexcept;

  /// The same of an order to leave. It counts as one that only finishes from now on, unless it is
  /// asked for its silence: then it is gone soon, one way or the other.
  void tell_to_leave(std::uint32_t slot, Intent intent, TimePoint now) noexcept;

  /// What proves a worker is an answer, not a connection that is done, for clients may keep theirs;
  /// or that it lives on for `trial_proof` once ready. \param entries requests that it has
  /// answered. \return whether it is proven and that is news.
  bool prove(std::uint32_t slot, std::uint64_t entries, TimePoint now) noexcept;

  /// It takes no more, by what its page shows. \return whether that is news.
  bool takes_no_more(std::uint32_t slot, TimePoint now) noexcept;

  /// From now on it counts as one that only finishes. The first time is what counts.
  void begin_to_leave(std::uint32_t slot, TimePoint now) noexcept;

  /// Whether it has taken no more for longer than most need to finish, so that another should serve
  /// in its stead meanwhile. One that is gone sooner is replaced in its slot.
  bool takes_long_to_finish(std::uint32_t slot, TimePoint now) const noexcept;

  /// Of those who only finish what they have, the one that has done so for the longest time, if
  /// that is at least `grace`.
  std::optional<std::uint32_t> next_to_cut(Duration grace, TimePoint now,
                                           const Pauses& pauses = {}) const noexcept;

  /// Empties a slot whose worker is over, keeping the slot's sums. \return what was known of it.
  Slot release(std::uint32_t slot, std::uint64_t errors) noexcept;

  /// The spares: free places of those who stay, in whole workers of the capacity in force. With a
  /// capacity of 1, the IDLE.
  std::uint32_t spare() const noexcept;

  /// The worker to drain: of those with a free place one of the oldest generation, with the fewest
  /// connections open, and of several such the one that has been so for the longest time.
  std::optional<std::uint32_t> next_to_drain() const noexcept;

  /// A spare that can be nudged, going round from the slot after `last`, so that one which does not
  /// react is not asked twice in a row.
  std::optional<std::uint32_t> next_spare(std::uint32_t last) const noexcept;

  /// \param waiting connections in the accept queues. \param last the one that was nudged last.
  Nudge next_nudge(std::uint32_t waiting, std::uint32_t last) const noexcept;

  /// Whether the request line of its page is the one in hand. With many connections it is so only
  /// while a handler works.
  bool shows_request(std::uint32_t slot, Phase phase) const noexcept;

  /// True while a worker that was made with an open circuit is not yet proven.
  bool trial_running() const noexcept;

  /// Whether what waits has a say: under `demand`, when no spare is left. Otherwise nobody need ask
  /// the kernel, and nothing is decided between two ticks.
  bool asks_queue(Policy policy) const noexcept;

  /// Whether it must be looked at although nothing moves in it: what waits at a pool without an
  /// idle worker rings no bell.
  bool is_watched_when_quiet(const PoolLimits& limits) const noexcept;

  /// For the regulator; `waiting` and `spawn_allowance` are the caller's.
  PoolView view(std::uint32_t waiting, std::uint32_t spawn_allowance) const noexcept;

 private:
  std::vector<Slot> slots_;
  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  Census census_;
};

}  // namespace brood
