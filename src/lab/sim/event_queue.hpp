#pragma once

#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// The virtual clock's future: what happens when, of a type with the members `at` and `kind`.
/// Events of one instant come in the order of their kinds, those of one kind in the order of their
/// making.
template <class Event>
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
