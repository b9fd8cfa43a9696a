#pragma once

#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// What may happen in virtual time. The order is that of events of one instant: a worker that
/// becomes free at the moment of an arrival takes it, and the supervisor looks when all is done.
enum class EventKind : std::uint8_t {
  finished,  ///< A worker is done with its connection.
  crashed,   ///< A worker dies in the middle of one, or at its start.
  ready,     ///< A worker's start delay is over.
  reaped,    ///< A worker that left is gone.
  arrival,
  owed,  ///< A replacement that had to wait may be made.
  look,  ///< The supervisor reads the workers' pages.
  tick,  ///< The regulator's second.
};

struct Event {
  TimePoint at;
  EventKind kind = EventKind::tick;
  std::uint32_t worker = 0;  ///< Whose it is, for the kinds that have one.
};

/// The virtual clock's future. Events of one instant and kind come in the order of their making.
class EventQueue {
 public:
  void push(const Event& event) { queue_.push({event, count_++}); }
  bool empty() const noexcept { return queue_.empty(); }
  /// \pre not empty.
  const Event& next() const { return queue_.top().event; }
  /// Takes the next event out. \pre not empty.
  Event pop() {
    const Event event = queue_.top().event;
    queue_.pop();
    return event;
  }

 private:
  struct Entry {
    Event event;
    std::uint64_t order;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const noexcept {
      return std::tie(b.event.at, b.event.kind, b.order) <
             std::tie(a.event.at, a.event.kind, a.order);
    }
  };

  std::priority_queue<Entry, std::vector<Entry>, Later> queue_;
  std::uint64_t count_ = 0;
};

}  // namespace brood
