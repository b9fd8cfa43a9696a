#pragma once
// The layout of the scoreboard: page 0 is the supervisor's, then one page a slot, each written by
// its worker alone. One writer and many readers a page, no locks: a lock's holder may be dead.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "wire/health_document.hpp"
#include "wire/status.hpp"

namespace brood {

inline constexpr std::size_t scoreboard_page_size = 4096;

/// A worker cannot show that it has more connections open at once.
inline constexpr std::uint32_t connections_open_max = 65535;

/// What a worker shows of itself, read at one instant.
struct WorkerSnapshot {
  WorkerState state = WorkerState::init;
  std::uint64_t connections = 0;  ///< Accepted so far, the open ones included.
  std::uint32_t open = 0;         ///< Of these, not yet done; at most `connections_open_max`.

  std::uint64_t finished() const noexcept { return connections - open; }
  friend bool operator==(const WorkerSnapshot&, const WorkerSnapshot&) = default;
};

/// State and counts share a word, so that no reader pairs a new state with an old count: 8 bits of
/// state, 16 bits of open connections, 40 bits of connections.
class StateCell {
 public:
  /// The state is as written: it may be none that exists, and the reader has to check.
  WorkerSnapshot load() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return {static_cast<WorkerState>(word >> 56), word & connections_mask,
            static_cast<std::uint32_t>(word >> 40 & connections_open_max)};
  }
  void store(const WorkerSnapshot& now) noexcept {
    const auto state = static_cast<std::uint64_t>(now.state);
    const std::uint64_t open = now.open & connections_open_max;
    word_.store(state << 56 | open << 40 | (now.connections & connections_mask),
                std::memory_order_release);
  }

 private:
  static constexpr std::uint64_t connections_mask = (1ULL << 40) - 1;
  std::atomic<std::uint64_t> word_{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);  // A lock would be per process.

/// A line of text under a sequence lock. A writer that died inside leaves the sequence odd, so a
/// reader tries a bounded number of times and then takes what is there, marked as torn.
class LineCell {
 public:
  static constexpr std::size_t size_max = 240;

  void store(std::string_view line) noexcept;
  /// What the other one holds. Takes no memory: a signal handler may call it.
  void copy(const LineCell& other) noexcept;
  /// Ends in "?" when the line could not be read whole.
  std::string load() const;

 private:
  struct Copy {
    std::array<char, size_max> bytes;
    std::size_t size = 0;
    bool is_whole = false;
  };
  void read(Copy& out) const noexcept;

  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::uint32_t> size_{0};
  std::array<std::atomic<std::uint64_t>, size_max / 8> words_{};
};

/// The latencies of a slot's last requests, each with the moment of its answer; the newest takes
/// the oldest one's place. One store a request.
class LatencyCell {
 public:
  static constexpr std::uint32_t size = 32;
  /// A request that was answered longer ago tells nothing of now.
  static constexpr Duration age_max = std::chrono::seconds{10};

  void store(Duration latency, TimePoint answered) noexcept;
  /// Appends those of the last `age_max`, in microseconds.
  void load(TimePoint now, std::vector<std::uint32_t>& latencies_us) const;

 private:
  std::atomic<std::uint32_t> next_{0};  ///< Its writers' own.
  std::array<std::atomic<std::uint64_t>, size> words_{};
};

/// What a BUSY worker is doing: it tells how long its silence may last.
enum class Phase : std::uint32_t {
  waiting = 0,  ///< For the client; the connection's own time-outs apply.
  working = 1,  ///< In a handler: `request-timeout` applies.
};

/// A slot's page. Only its worker writes it, its threads and child processes included; while the
/// slot is empty, the supervisor does.
struct alignas(scoreboard_page_size) SlotPage {
  StateCell state;
  std::atomic<std::uint64_t> entries{0};
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::int64_t> progress_ns{0};    ///< When its request last got on; see TimePoint.
  std::atomic<std::int64_t> first_idle_ns{0};  ///< When it first became IDLE; 0 before.
  std::atomic<Phase> phase{Phase::waiting};
  std::atomic<std::uint32_t> takes_no_more{0};  ///< 1: it only finishes the connections it has.
  std::atomic<std::uint32_t> open_most{0};      ///< So many connections were open at once.
  std::atomic<std::uint32_t> in_flight{0};      ///< Requests: head read, not answered yet.
  /// Of the access log, not written; of the slot, as what follows.
  std::atomic<std::uint64_t> access_lines_lost{0};
  LatencyCell latencies;  ///< Of the slot: its next worker goes on, for they are the server's.
  LineCell request_line;  ///< Of the request in hand; empty when there is none.

  /// Back to what a new worker expects to find.
  void clear() noexcept;
  WorkerCounts counts() const noexcept;
};
static_assert(sizeof(SlotPage) == scoreboard_page_size);

/// Page 0. Only the supervisor writes it.
struct alignas(scoreboard_page_size) SupervisorPage {
  /// 1: all is at rest and the next change must ring (a frame). 0: the pages are being looked at.
  std::atomic<std::uint32_t> frames_wanted{1};
  /// Grows with each order to leave that was sent to anybody, so that a busy worker learns for the
  /// price of a load whether its channel is worth a look.
  std::atomic<std::uint32_t> orders_given{0};
  std::atomic<std::uint32_t> slot_count{0};  ///< Slots with a number below may have counts.
  /// Odd while an ended worker's counts move from its page into the two numbers below.
  std::atomic<std::uint32_t> bank_sequence{0};
  std::atomic<std::uint64_t> banked_entries{0};
  std::atomic<std::uint64_t> banked_errors{0};
  std::atomic<std::uint64_t> epoch_ms{0};     ///< See LoadReport.
  std::atomic<std::uint32_t> max_workers{0};  ///< An option, as the next one.
  std::atomic<std::uint32_t> connections_per_worker{1};
  std::atomic<std::uint32_t> draining{0};  ///< 1: the server is stopping.
  /// Grows whenever log files are to be opened again.
  std::atomic<std::uint32_t> logs_reopened{0};
};
static_assert(sizeof(SupervisorPage) == scoreboard_page_size);

/// The whole scoreboard as a view; whoever maps the memory keeps it.
struct Scoreboard {
  SupervisorPage* head = nullptr;
  SlotPage* slots = nullptr;

  /// Moves the counts of an ended worker from its page into page 0 and clears the page. Supervisor
  /// only, after the worker was reaped.
  void bank(std::uint32_t slot) noexcept;

  /// Banked plus living. Consistent unless the supervisor banks without pause or died banking;
  /// then nearly so.
  HealthTotals totals() const noexcept;

  /// What all pages together say of the load. The queue is left at 0: the kernel knows it.
  LoadReport load(TimePoint now) const;
};

}  // namespace brood
