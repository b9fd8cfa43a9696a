#include "balance/forwarding/permit.hpp"

#include <algorithm>

namespace brood {

void Permit::start() noexcept {
  tried_.clear();
  left_ = queue_timeout_;
  server_ = no_server;
}

void Permit::acquire(const RequestKey& key, TimePoint now) {
  begin_pause(now);
  is_asking_ = true;
  dispatcher_.acquire(*this, key, tried_, now);
  is_asking_ = false;
}

void Permit::move_on(const RequestKey& key, std::string_view why, TimePoint now) {
  const Duration held_for = now - granted_at_;
  is_held_ = false;
  begin_pause(now);
  is_asking_ = true;
  dispatcher_.move_on(*this, server_, held_for, key, tried_, why, now);
  is_asking_ = false;
}

void Permit::release(Outcome outcome, TimePoint now) {
  dispatcher_.withdraw(*this);
  has_news_ = false;
  if (std::exchange(is_held_, false))
    dispatcher_.give_back(server_, outcome, now - granted_at_, now);
}

TimePoint Permit::begin_pause(TimePoint now) noexcept {
  waits_since_ = now;
  has_news_ = false;
  return deadline_ = queue_timeout_ > Duration{0} ? now + left_ : never;
}

Permit::News Permit::news(TimePoint now) {
  if (!std::exchange(has_news_, false)) return News::none;
  if (is_held_ && !was_tried()) return News::granted;
  if (is_held_) turned_away_ = "all servers have failed it";
  release(Outcome::not_sent, now);
  return News::turned_away;
}

bool Permit::was_tried() const noexcept {
  return std::ranges::find(tried_, server_) != tried_.end();
}

void Permit::add_tried() {
  if (!was_tried()) tried_.push_back(server_);
}

void Permit::on_permit(const Choice& choice, TimePoint now) {
  is_held_ = true;
  server_ = choice.server;
  granted_at_ = now;
  end_pause(now);
  tell();
}

void Permit::on_turned_away(std::string_view why) {
  turned_away_ = why;
  tell();
}

void Permit::tell() {
  has_news_ = true;
  if (!is_asking_) wake_();
}

}  // namespace brood
