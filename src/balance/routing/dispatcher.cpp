#include "balance/routing/dispatcher.hpp"

#include <utility>

namespace brood {

void Dispatcher::apply(Applicant& applicant, const RequestKey& key, std::span<const ServerId> tried,
                       TimePoint now) {
  applicant.key_ = key;
  applicant.tried_ = tried;
  applicant.retry_reason_ = {};
  // Who comes later does not overtake those who wait.
  if (first_ == nullptr && has_room() && serve(applicant, now)) return;
  if (limits_.max_queue > 0 && queued_ >= limits_.max_queue)
    return applicant.on_turned_away(queue_is_full);
  enqueue(applicant);
  if (queued_ > 1) review(now);  // The longer the queue, the more is a slow server worth.
}

void Dispatcher::withdraw(Applicant& applicant) noexcept {
  if (!std::exchange(applicant.is_queued_, false)) return;
  Applicant* const before = std::exchange(applicant.before_, nullptr);
  Applicant* const after = std::exchange(applicant.after_, nullptr);
  (before != nullptr ? before->after_ : first_) = after;
  (after != nullptr ? after->before_ : last_) = before;
  --queued_;
}

void Dispatcher::give_back(ServerId server, Outcome outcome, Duration duration, TimePoint now) {
  router_.ended(server, outcome, duration, now);
  --placed_;
  review(now);
}

void Dispatcher::move_on(Applicant& applicant, ServerId server, Duration duration,
                         const RequestKey& key, std::span<const ServerId> tried,
                         std::string_view why, TimePoint now) {
  router_.ended(server, Outcome::failed, duration, now);
  --placed_;
  applicant.key_ = key;
  applicant.tried_ = tried;
  applicant.retry_reason_ = why;
  if (!has_room() || !serve(applicant, now)) enqueue_first(applicant);
  review(now);
}

void Dispatcher::review(TimePoint now) {
  // Whom a place is given may fail at once and come back here: the outer call goes on anyway.
  if (std::exchange(is_reviewing_, true)) return;
  while (first_ != nullptr && has_room()) {
    Applicant& applicant = *first_;
    withdraw(applicant);
    if (serve(applicant, now)) continue;
    enqueue_first(applicant);
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

/// \return false: it has to wait for a place.
bool Dispatcher::serve(Applicant& applicant, TimePoint now) {
  Choice choice = router_.choose(applicant.key_, applicant.tried_, now, queued_ + 1);
  // Where another thread has taken the last place in between, there are fewer candidates now.
  while (choice.server != no_server && !router_.began(choice.server, now))
    choice = router_.choose(applicant.key_, applicant.tried_, now, queued_ + 1);
  if (choice.look_again != alarm_) set_alarm_(alarm_ = choice.look_again);
  if (!choice.is_full)
    decisions_.add({.at = now,
                    .choice = choice,
                    .tried = static_cast<std::uint32_t>(applicant.tried_.size()),
                    .retry_reason = applicant.retry_reason_});
  if (choice.server != no_server) {
    ++placed_;
    if (choice.server >= given_.size()) given_.resize(router_.size());
    ++given_[choice.server];
    applicant.on_place(choice);
    return true;
  }
  if (choice.is_full) return false;
  applicant.on_turned_away(choice.reason);
  return true;
}

void Dispatcher::enqueue(Applicant& applicant) noexcept {
  applicant.is_queued_ = true;
  applicant.before_ = last_;
  (last_ != nullptr ? last_->after_ : first_) = &applicant;
  last_ = &applicant;
  ++queued_;
}

void Dispatcher::enqueue_first(Applicant& applicant) noexcept {
  applicant.is_queued_ = true;
  applicant.after_ = first_;
  (first_ != nullptr ? first_->before_ : last_) = &applicant;
  first_ = &applicant;
  ++queued_;
}

}  // namespace brood
