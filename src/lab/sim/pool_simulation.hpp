#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "lab/sim/event_queue.hpp"
#include "lab/sim/pool_event.hpp"
#include "lab/sim/pool_model.hpp"
#include "lab/sim/trace.hpp"
#include "serve/pool/restart.hpp"
#include "wire/status.hpp"

namespace brood {

/// A pool in virtual time. At 0 its start-workers are IDLE. Arrivals wait in one queue, first come,
/// first served; of several spares the one that became idle last takes the next, as with
/// EPOLLEXCLUSIVE, and the one that has been idle for the longest time is drained. The supervisor
/// has a tick each second, from 1 s on. Under `demand` it also looks each 10 ms while nobody is
/// idle, and a decision may spawn what fork_allowance() allows; the ladder is a limit of its own.
class PoolSimulation {
 public:
  /// \param arrivals  in their order; must outlive this.
  /// \param observer  must outlive this.
  PoolSimulation(const PoolModel& model, std::span<const Arrival> arrivals, std::uint64_t seed,
                 PoolObserver& observer);

  /// Lets everything happen up to and including that moment.
  void run_until(TimePoint end);

  /// How long each request waited that a worker has taken, in the order of taking.
  const std::vector<Duration>& waits() const noexcept { return waits_; }
  /// How long those have waited until `now` that nobody has taken.
  std::vector<Duration> unfinished_waits(TimePoint now) const;
  std::uint64_t served() const noexcept { return served_; }
  std::uint64_t lost() const noexcept { return lost_; }  ///< With a worker that crashed.
  const RestartMemory& restart() const noexcept { return restart_; }

 private:
  struct Worker {
    bool occupied = false;  ///< A slot without a worker is free.
    WorkerState state = WorkerState::init;
    TimePoint idle_since;
    std::uint32_t request_limit = 0;  ///< 0: none.
    std::uint32_t requests = 0;
    bool trial = false;   ///< Made while the circuit was open.
    bool proven = false;  ///< Has finished a request, or stayed idle for trial_proof.
    bool crashed = false;
    bool drained = false;
  };

  void handle(const PoolEvent& event);
  void on_arrival();
  void on_ready(std::uint32_t id);
  void on_finished(std::uint32_t id);
  void on_reaped(std::uint32_t id);
  void on_look();
  void on_tick();

  void become_idle(std::uint32_t id);
  void take_request(std::uint32_t id);
  void leave(std::uint32_t id);
  void crash(std::uint32_t id);

  void regulate_pool(Moment moment);
  void replace_worker(std::uint32_t id, bool recycled);
  void owe(std::uint32_t id);
  void pay_owed();
  void note_proven();
  void observe(Occasion occasion, const PoolView& seen, const Decision& decision);
  void occupy(std::uint32_t id);
  void spawn_into(std::uint32_t id);
  std::uint32_t free_slot() const;
  void drain_longest_idle();
  PoolView view() const;
  bool trial_running() const;
  bool strikes(double probability);

  PoolModel model_;
  std::span<const Arrival> arrivals_;
  PoolObserver* observer_;
  SplitMix random_;
  TimePoint now_;
  EventQueue<PoolEvent> events_;
  std::vector<Worker> workers_;      ///< One for each slot.
  std::vector<std::uint32_t> owed_;  ///< Slots whose replacement has to wait.
  TimePoint owed_due_;               ///< When it is tried again; the later of two wishes holds.
  std::deque<std::uint32_t> idle_;   ///< Longest idle first.
  std::size_t next_arrival_ = 0;
  std::size_t next_taken_ = 0;  ///< From here to `next_arrival_` requests wait.
  PoolCounts counts_;
  RegulatorMemory memory_;
  RestartMemory restart_;
  TimePoint fork_free_at_;  ///< When the supervisor is done with its forks.
  bool look_pending_ = false;
  std::vector<Duration> waits_;
  std::uint64_t served_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace brood
