#pragma once
// worker: level 4. The child's life: small, synchronous, one thread. No io_context, no Boost.Log
// (its locks were forked), no exit(): a worker leaves by returning its exit status.

#include <cstdint>
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

  /// Enters a state. INIT and EXIT always ring; so does IDLE or BUSY while frames are wanted.
  void publish(WorkerState state) noexcept;

  /// A connection was accepted: BUSY.
  void connected() noexcept;

  /// Something has got on: silence is counted from here.
  void progressed() noexcept;

  /// A request's head is known; its line stays until the request is answered.
  void begin_request(std::string_view line) noexcept;
  /// A handler begins; the supervisor's request-timeout applies until it ends.
  void begin_work() noexcept;
  void end_work() noexcept;
  /// A request was answered with this status, and how it counts.
  void end_request(int status) noexcept;
  /// A probe was answered: it counts in nothing.
  void end_probe() noexcept;

  /// Text for the log, written by the supervisor: escaped, cut at 512 bytes, dropped if it is too
  /// much at once.
  void note(std::string_view text) noexcept;

  std::uint64_t connections() const noexcept { return counts_.connections; }
  HealthTotals totals() const noexcept { return scoreboard_.totals(); }

 private:
  Scoreboard scoreboard_;
  SlotPage& page_;
  int channel_fd_;
  WorkerCounts counts_;
};

}  // namespace brood
