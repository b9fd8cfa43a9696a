#pragma once
// Mode tcp: one connection on its way to a server that takes it, without descriptors.
//
//   asked --> waiting ---> connecting ---> (it is relayed) ---> finished
//                ^  |       |  | nothing to connect with: pausing, then waiting again
//                |  |       |  | its queue is full: asked again
//                +--|-------+ refused, too late: the next one, each once
//                   +--> refuse: nobody can be reached, too late

#include <cstdint>
#include <functional>

#include "balance/forwarding/routed_request.hpp"

namespace brood {

/// Pure, in the words of a RoutedRequest: of its events there are `asked`, `woken`, `late`,
/// `connect_failed`, `failed`, `answered` (it was relayed to its end) and `given_up`; of its
/// actions `wait`, `connect`, `refuse` and `rest`.
class RoutedConnection {
 public:
  using Event = RoutedRequest::Event;
  using Action = RoutedRequest::Action;
  using Next = Action::Next;

  RoutedConnection(Dispatcher& dispatcher, Router& router, const ForwardSettings& settings,
                   TimePoint began_at, std::function<void()> wake);

  Action resume(const Event& event, TimePoint now);

  ServerId server() const noexcept { return permit_.server(); }
  TimePoint permitted_at() const noexcept { return permit_.granted_at(); }
  /// While it waits: for a permit, for something to connect with, for room in a server's queue.
  TimePoint deadline() const noexcept { return deadline_; }
  AccessRecord& record() noexcept { return record_; }

 private:
  Action acquire(const RequestKey& key, TimePoint now);
  Action heard(TimePoint now);
  Action late(const RequestKey& key, TimePoint now);
  Action connect_failed(const Event& event, TimePoint now);
  Action ran_short(TimePoint now);

  Router& router_;
  const ForwardSettings& settings_;
  Permit permit_;
  AccessRecord record_;
  TimePoint began_at_;
  TimePoint deadline_ = never;
  bool is_pausing_ = false;
};

}  // namespace brood
