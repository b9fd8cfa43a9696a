#pragma once
// worker: level 4. The child's life: small, synchronous, one thread. No io_context, no Boost.Log
// (its locks were forked), no exit(): a worker leaves by returning its exit status.

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "os/lived_clock.hpp"
#include "os/worker_spec.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// What a worker tells of itself: its page always, a frame when the supervisor has asked to be
/// rung.
class Report {
 public:
  explicit Report(const WorkerPlace& place) noexcept;
  /// Of a thread or child process that serves for this worker: it shows its request and
  /// its progress in a page of its own, for the worker to read, and its answers count with the
  /// worker's. It does not publish.
  Report(const WorkerPlace& place, SlotPage& own) noexcept;

  /// Enters a state, or shows a new count of open connections in it. INIT and EXIT always ring; so
  /// does IDLE or BUSY while frames are wanted.
  void publish(WorkerState state) noexcept;

  /// It takes no more connections: told with the next publish(), which is due.
  void take_no_more() noexcept { page_.takes_no_more.store(1, relaxed); }

  /// Counts for the next publish(): a connection was accepted, one is done.
  void opened() noexcept;
  void closed() noexcept { open_.fetch_sub(1, relaxed); }
  std::uint32_t open() const noexcept { return open_.load(relaxed); }
  /// Of the worker, whoever serves for it.
  std::uint32_t worker_open() const noexcept {
    return static_cast<std::uint32_t>(page_.state.load().open);
  }
  /// The listeners are closed for good.
  bool is_server_stopping() const noexcept { return scoreboard_.head->draining.load(relaxed) != 0; }
  /// Connections that wait to be accepted.
  std::uint32_t waiting() const noexcept;
  /// The connection that comes next has this number among its worker's.
  void serving(std::uint64_t number) noexcept { connections_ = number; }
  /// Whether siblings have clearly fewer connections open.
  bool is_crowded() const noexcept;

  /// Something has got on: silence is counted from here. \param now see os/lived_clock.hpp, as
  /// wherever a time is told.
  void progressed(TimePoint now) noexcept { own_.progress_ns.store(steady_of(now).ns, relaxed); }

  /// Shows a request until it is put down; no effect while one is shown.
  void take_up(std::string_view request_line) noexcept;
  void put_down() noexcept;
  /// A handler begins; the supervisor's request-timeout applies until it ends. \return the time.
  TimePoint begin_work() noexcept { return enter(Phase::working); }
  TimePoint end_work() noexcept { return enter(Phase::waiting); }
  /// A request's head was read: it is in flight until landed().
  void took_off() noexcept { change_in_flight(1); }
  void landed() noexcept { change_in_flight(-1U); }
  /// So long a request that was answered now has taken.
  void took(Duration latency, TimePoint now) noexcept {
    page_.latencies.store(latency, steady_of(now));
  }
  /// The request in hand was answered with this status, and how it counts.
  void end_request(int status) noexcept;

  /// Whoever had this page of its own has ended, and what it had in flight with it.
  void lost(const SlotPage& own) noexcept {
    page_.in_flight.fetch_sub(own.in_flight.load(relaxed), relaxed);
  }

  /// Text for the log, written by the supervisor: escaped, cut at 512 bytes, dropped if it is too
  /// much at once.
  void note(std::string_view text) noexcept;

  /// So many requests have no line in the access log.
  void lost_access_lines(std::uint64_t count) noexcept {
    page_.access_lines_lost.fetch_add(count, relaxed);
  }
  /// Changes when log files are to be opened again.
  std::uint32_t logs_reopened() const noexcept {
    return scoreboard_.head->logs_reopened.load(relaxed);
  }

  std::uint32_t slot() const noexcept { return slot_; }
  std::uint32_t generation() const noexcept { return generation_; }
  std::uint64_t connections() const noexcept { return connections_; }
  /// What the whole server says of itself.
  HealthDocument health(TimePoint now) const;

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;

  TimePoint enter(Phase phase) noexcept;
  void change_in_flight(std::uint32_t by) noexcept {
    own_.in_flight.fetch_add(by, relaxed);
    if (&own_ != &page_) page_.in_flight.fetch_add(by, relaxed);
  }

  Scoreboard scoreboard_;
  std::uint32_t slot_;
  std::uint32_t generation_;
  std::span<const int> queues_;
  bool is_in_pool_;
  SlotPage& page_;  ///< The worker's.
  SlotPage& own_;   ///< Of whoever reports; for most the same.
  int channel_fd_;
  std::uint64_t connections_ = 0;
  std::atomic<std::uint32_t> open_{0};
  bool shows_request_ = false;
};

}  // namespace brood
