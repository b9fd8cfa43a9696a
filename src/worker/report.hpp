#pragma once
// worker: level 4. The child's life: small, synchronous, one thread. No io_context, no Boost.Log
// (its locks were forked), no exit(): a worker leaves by returning its exit status.

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "os/worker_seat.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// What a worker tells of itself: its page always, a frame when the supervisor has asked to be
/// rung.
class Report {
 public:
  explicit Report(const WorkerSeat& seat) noexcept;

  /// Enters a state, or shows a new count of open connections in it. INIT and EXIT always ring; so
  /// does IDLE or BUSY while frames are wanted.
  void publish(WorkerState state) noexcept;

  /// Counts for the next publish(): a connection was accepted, one is done.
  void opened() noexcept;
  void closed() noexcept { --open_; }
  std::uint32_t open() const noexcept { return open_; }
  /// Whether siblings have clearly fewer connections open.
  bool is_crowded() const noexcept;

  /// Something has got on: silence is counted from here.
  void progressed(TimePoint now) noexcept { page_.progress_ns.store(now.ns, relaxed); }

  /// Shows a request until it is put down; no effect while one is shown.
  void take_up(std::string_view request_line) noexcept;
  void put_down() noexcept;
  /// A handler begins; the supervisor's request-timeout applies until it ends. \return the time.
  TimePoint begin_work() noexcept { return enter(Phase::working); }
  TimePoint end_work() noexcept { return enter(Phase::waiting); }
  /// A request's head was read: it is in flight until landed().
  void took_off() noexcept { page_.in_flight.store(++in_flight_, relaxed); }
  void landed() noexcept { page_.in_flight.store(--in_flight_, relaxed); }
  /// So long a request that was answered now has taken.
  void took(Duration latency, TimePoint now) noexcept { page_.latencies.store(latency, now); }
  /// The request in hand was answered with this status, and how it counts.
  void end_request(int status) noexcept;

  /// Text for the log, written by the supervisor: escaped, cut at 512 bytes, dropped if it is too
  /// much at once.
  void note(std::string_view text) noexcept;

  std::uint64_t connections() const noexcept { return counts_.connections; }
  /// What the whole server says of itself.
  HealthDocument health(TimePoint now) const;

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;

  TimePoint enter(Phase phase) noexcept;

  Scoreboard scoreboard_;
  std::uint32_t slot_;
  std::span<const int> queues_;
  bool is_in_pool_;
  SlotPage& page_;
  int channel_fd_;
  WorkerCounts counts_;
  std::uint32_t open_ = 0;
  std::uint32_t in_flight_ = 0;
  bool shows_request_ = false;
};

}  // namespace brood
