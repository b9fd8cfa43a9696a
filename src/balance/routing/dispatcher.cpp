#include "balance/routing/dispatcher.hpp"

#include <utility>

namespace brood {

void Dispatcher::acquire(Waiter& waiter, const RequestKey& key, std::span<const ServerId> tried,
                         TimePoint now) {
  waiter.key_ = key;
  waiter.tried_ = tried;
  waiter.retry_reason_ = {};
  // Who comes later does not overtake those who wait.
  if (first_ == nullptr && has_room() && serve(waiter, now)) return;
  if (limits_.max_queue > 0 && queued_ >= limits_.max_queue)
    return waiter.on_turned_away(queue_is_full);
  enqueue(waiter);
  if (queued_ > 1) review(now);  // The longer the queue, the more is a slow server worth.
}

void Dispatcher::withdraw(Waiter& waiter) noexcept {
  if (!std::exchange(waiter.is_queued_, false)) return;
  Waiter* const before = std::exchange(waiter.before_, nullptr);
  Waiter* const after = std::exchange(waiter.after_, nullptr);
  (before != nullptr ? before->after_ : first_) = after;
  (after != nullptr ? after->before_ : last_) = before;
  --queued_;
}

void Dispatcher::give_back(ServerId server, Outcome outcome, Duration duration, TimePoint now) {
  end(server, outcome, duration, now);
  review(now);
}

void Dispatcher::end(ServerId server, Outcome outcome, Duration duration, TimePoint now) {
  --placed_;
  tell_left(router_.ended(server, outcome, duration, now));
}

void Dispatcher::remove(ServerId server, TimePoint now) {
  tell_left(router_.remove(server));
  review(now);
}

void Dispatcher::tell_left(ServerId server) {
  if (server != no_server) left_(server);
}

void Dispatcher::move_on(Waiter& waiter, ServerId server, Duration duration, const RequestKey& key,
                         std::span<const ServerId> tried, std::string_view why, TimePoint now) {
  end(server, Outcome::failed, duration, now);
  waiter.key_ = key;
  waiter.tried_ = tried;
  waiter.retry_reason_ = why;
  if (!has_room() || !serve(waiter, now)) enqueue_first(waiter);
  review(now);
}

void Dispatcher::review(TimePoint now) {
  // Whom a permit is given may fail at once and come back here: the outer call goes on anyway.
  if (std::exchange(is_reviewing_, true)) return;
  while (first_ != nullptr && has_room()) {
    Waiter& waiter = *first_;
    withdraw(waiter);
    if (serve(waiter, now)) continue;
    enqueue_first(waiter);
    break;
  }
  is_reviewing_ = false;
}

void Dispatcher::set_limits(const Limits& limits, TimePoint now) {
  limits_ = limits;
  review(now);
}

void Dispatcher::open(TimePoint now) {
  is_open_ = true;
  review(now);
}

/// \return false: it has to wait for a permit.
bool Dispatcher::serve(Waiter& waiter, TimePoint now) {
  Choice choice = router_.choose(waiter.key_, waiter.tried_, now, queued_ + 1);
  // Where another thread has taken the last permit in between, there are fewer candidates now.
  while (choice.server != no_server && !router_.began(choice.server, now))
    choice = router_.choose(waiter.key_, waiter.tried_, now, queued_ + 1);
  if (choice.look_again != alarm_) set_alarm_(alarm_ = choice.look_again);
  if (!choice.is_full)
    decisions_.add({.at = now,
                    .choice = choice,
                    .tried = static_cast<std::uint32_t>(waiter.tried_.size()),
                    .retry_reason = waiter.retry_reason_});
  if (choice.server != no_server) {
    ++placed_;
    ++given_;
    waiter.on_permit(choice, now);
    return true;
  }
  if (choice.is_full) return false;
  waiter.on_turned_away(choice.reason);
  return true;
}

void Dispatcher::enqueue(Waiter& waiter) noexcept {
  waiter.is_queued_ = true;
  waiter.before_ = last_;
  (last_ != nullptr ? last_->after_ : first_) = &waiter;
  last_ = &waiter;
  ++queued_;
}

void Dispatcher::enqueue_first(Waiter& waiter) noexcept {
  waiter.is_queued_ = true;
  waiter.after_ = first_;
  (first_ != nullptr ? first_->before_ : last_) = &waiter;
  first_ = &waiter;
  ++queued_;
}

}  // namespace brood
