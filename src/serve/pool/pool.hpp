#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "serve/pool/death.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/regulator.hpp"
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

/// One place of the pool. Empty until a worker is born into it; free again only when the process
/// has been reaped and its channel has come to its end, in either order.
struct Slot {
  int pid = 0;  ///< 0: empty.
  Sighting seen;
  TimePoint born;
  TimePoint idle_since;     ///< When it last showed something new.
  TimePoint ready_since;    ///< When it first became IDLE; 0 ns: not yet.
  TimePoint no_more_since;  ///< It has shown that it takes no more; 0 ns: it has not.
  TimePoint leaving_since;  ///< Counts as one that only finishes; 0 ns: does not.
  TimePoint asked;          ///< By the watchdog, to leave; 0 ns: not.
  TimePoint reaped_at;      ///< 0 ns: not yet.
  TimePoint channel_ended;  ///< 0 ns: not yet.
  bool acknowledged = false;
  bool fruitful = false;   ///< Has answered a request, or lived on for `trial_proof` once ready.
  bool forgave = false;    ///< Its fruit was noted.
  bool trial = false;      ///< Was made while the circuit was open.
  bool succeeded = false;  ///< It takes no more, and another was made in its stead already.
  Intent intent = Intent::none;
  int wait_status = 0;
  std::uint64_t connections_before = 0;  ///< Of the slot's earlier workers.
  std::uint64_t errors_before = 0;

  bool occupied() const noexcept { return pid != 0; }
  bool over() const noexcept { return reaped_at.ns != 0 && channel_ended.ns != 0; }
  /// Whether it counts as staying: nobody has told it to leave and it is not leaving by itself.
  bool stays() const noexcept {
    return occupied() && intent == Intent::none && leaving_since.ns == 0 && asked.ns == 0 &&
           reaped_at.ns == 0 && channel_ended.ns == 0 && seen.state != WorkerState::exit;
  }
  /// Whether all that keeps it are the connections that it has.
  bool finishes() const noexcept {
    return occupied() && leaving_since.ns != 0 && reaped_at.ns == 0 && seen.open > 0;
  }
  /// Whether it takes another connection: it stays and has a free place.
  bool takes_more() const noexcept { return stays() && seen.state == WorkerState::idle; }
};

/// What the end of a worker says about making more of its kind.
enum class Lesson : std::uint8_t {
  none,          ///< It had borne fruit, was told to leave, or was ready and killed by somebody.
  early_end,     ///< It was ready, and failed before it had borne fruit.
  failed_start,  ///< It never was ready, and nobody had told it to leave.
};
Lesson lesson_of(const Slot& slot, Cause cause) noexcept;

/// So long a worker that takes no more is waited for before another is made in its stead.
inline constexpr Duration succession_delay = std::chrono::milliseconds{250};

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

  /// The lowest empty slot; nothing when all are taken.
  std::optional<std::uint32_t> free_slot() const noexcept;

  /// A worker was forked into the empty `slot`: INIT.
  void born(std::uint32_t slot, int pid, TimePoint now) noexcept;

  /// What the worker shows now. \return the path to it; nothing if there is none: then the picture
  /// stays as it was and the worker has broken the protocol.
  std::optional<Path> sight(std::uint32_t slot, const Sighting& seen, TimePoint now) noexcept;

  /// Records what is meant with a worker, before it is done. The first kill stands.
  void intend(std::uint32_t slot, Intent intent) noexcept;

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
