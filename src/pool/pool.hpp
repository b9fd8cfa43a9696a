#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "pool/death.hpp"
#include "pool/regulator.hpp"
#include "pool/worker_state.hpp"

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

/// One place of the pool. Empty until a worker is born into it; free again only when the process
/// has been reaped and its channel has come to its end, in either order.
struct Slot {
  int pid = 0;  ///< 0: empty.
  Sighting seen;
  TimePoint born;
  TimePoint idle_since;     ///< When it last showed something new.
  TimePoint asked;          ///< By the watchdog, to leave; 0 ns: not.
  TimePoint reaped_at;      ///< 0 ns: not yet.
  TimePoint channel_ended;  ///< 0 ns: not yet.
  bool acknowledged = false;
  bool fruitful = false;  ///< Has finished a connection, or was IDLE for `trial_proof`.
  bool trial = false;     ///< Was made while the circuit was open.
  Intent intent = Intent::none;
  int wait_status = 0;
  std::uint64_t connections_before = 0;  ///< Of the slot's earlier workers.
  std::uint64_t errors_before = 0;

  bool occupied() const noexcept { return pid != 0; }
  bool over() const noexcept { return reaped_at.ns != 0 && channel_ended.ns != 0; }
  /// Whether it counts as staying: nobody has told it to leave and it is not leaving by itself.
  bool stays() const noexcept {
    return occupied() && intent == Intent::none && asked.ns == 0 && reaped_at.ns == 0 &&
           channel_ended.ns == 0 && seen.state != WorkerState::exit;
  }
  /// Whether it takes another connection: it stays and has a free place.
  bool takes_more() const noexcept { return stays() && seen.state == WorkerState::idle; }
};

/// Whether the end of this worker speaks against making more of its kind: it failed before it had
/// borne fruit. One that was ready and then killed by somebody does not.
bool is_fruitless(const Slot& slot, Cause cause) noexcept;

/// The supervisor's picture of its workers: a value that is told what happened and answers
/// questions. It knows no process and no clock.
class Pool {
 public:
  /// \param capacity connections that a worker may have open at once.
  explicit Pool(std::uint32_t slot_count, std::uint32_t capacity = 1)
      : slots_(slot_count), capacity_(capacity) {}

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(slots_.size()); }
  const Slot& operator[](std::uint32_t slot) const noexcept { return slots_[slot]; }
  Slot& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }

  /// One above the highest slot that was ever occupied: nothing beyond need be looked at.
  std::uint32_t used() const noexcept { return used_; }
  const Census& census() const noexcept { return census_; }

  /// The lowest empty slot; nothing when max-workers has been reached.
  std::optional<std::uint32_t> free_slot() const noexcept;

  /// A worker was forked into the empty `slot`: INIT.
  void born(std::uint32_t slot, int pid, TimePoint now) noexcept;

  /// What the worker shows now. \return the path to it; nothing if there is none: then the picture
  /// stays as it was and the worker has broken the protocol.
  std::optional<Path> sight(std::uint32_t slot, const Sighting& seen, TimePoint now) noexcept;

  /// Records what is meant with a worker, before it is done. The first kill stands.
  void intend(std::uint32_t slot, Intent intent) noexcept;

  /// Empties a slot whose worker is over, keeping the slot's sums.
  void release(std::uint32_t slot, std::uint64_t errors) noexcept;

  /// The spares: free places of those who stay, in whole workers. With a capacity of 1, the IDLE.
  std::uint32_t spare() const noexcept;

  /// The worker to drain: of those with a free place the one with the fewest connections open, and
  /// of several such the one that has been so for the longest time.
  std::optional<std::uint32_t> next_to_drain() const noexcept;

  /// A spare that can be nudged, going round from the slot after `last`, so that one which does not
  /// react is not asked twice in a row.
  std::optional<std::uint32_t> next_spare(std::uint32_t last) const noexcept;

  /// Whether the request line of its page is the one in hand. With many connections it is so only
  /// while a handler works.
  bool shows_request(std::uint32_t slot, Phase phase) const noexcept;

  /// True while a worker that was made with an open circuit has not yet borne fruit.
  bool trial_running() const noexcept;

  /// For the regulator; `waiting` and `spawn_allowance` are the caller's.
  PoolView view(std::uint32_t waiting, std::uint32_t spawn_allowance) const noexcept;

 private:
  std::vector<Slot> slots_;
  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  Census census_;
};

}  // namespace brood
