#include "lab/load/load_generator.hpp"

#include <algorithm>
#include <utility>

namespace brood {
namespace {

using namespace std::chrono_literals;

/// Of a slow client, each time.
constexpr LoadClient::Pace slow_pace{.send_max = 4, .receive_max = 1024};

/// Before a client asks again after a failure: a server that refuses is not to be stormed.
constexpr Duration pause_after_failure = 10ms;

timespec to_timespec(Duration duration) noexcept {
  const auto ns = std::max<std::int64_t>(duration.count(), 0);
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace

LoadGenerator::LoadGenerator(const LoadPlan& plan, LoadHooks hooks)
    : plan_(plan),
      hooks_(std::move(hooks)),
      request_{.target = to_address(plan.target),
               .host = "localhost",
               .path = plan.path,
               .keep_alive = plan.keep_alive},
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      random_(plan.seed),
      arrivals_(plan.loop == LoadPlan::Loop::open ? plan.rate : 1, plan.seed),
      now_(steady_now()),
      wheel_(now_) {
  // All of them at once: what a loop holds a reference to must not move.
  seats_.reserve(descriptors_of(plan));
}

Result<LoadResult> LoadGenerator::run() {
  if (!epoll_fd_) return Failure{{EMFILE, boost::system::system_category()}, "epoll_create1"};
  seat_idle_clients();
  hooks_.at_begin();
  begin_ = now_ = last_answer_ = steady_now();
  if (plan_.duration > 0ns) end_ = begin_ + plan_.duration;
  next_tick_ = begin_ + hooks_.tick;
  seat_clients();
  while (!is_over() && tick()) {
    turn(std::min({end_, next_tick_, next_arrival()}));
    arrive();
  }
  load_end_ = now_;
  hooks_.at_end();
  drain();
  return finish();
}

std::uint32_t LoadGenerator::add_seat(Role role) {
  seats_.push_back(
      {.client = {request_, role == Role::slow ? slow_pace : LoadClient::Pace{}}, .role = role});
  return static_cast<std::uint32_t>(seats_.size() - 1);
}

/// Those that a server leaves waiting stay connected all the same.
void LoadGenerator::seat_idle_clients() {
  request_.keep_alive = true;
  idle_left_ = plan_.idle_clients;
  for (std::uint32_t n = 0; n < plan_.idle_clients; ++n) start(add_seat(Role::idle), now_);
  const TimePoint patience = now_ + plan_.timeout;
  while (idle_left_ > 0 && now_ < patience) turn(patience);
  request_.keep_alive = plan_.keep_alive;
}

void LoadGenerator::seat_clients() {
  for (std::uint32_t n = 0; n < plan_.slow_clients; ++n) start(add_seat(Role::slow), now_);
  if (plan_.loop == LoadPlan::Loop::open) return;
  unserved_ = plan_.clients;
  for (std::uint32_t n = 0; n < plan_.clients; ++n) start(add_seat(Role::active), now_);
}

/// One wait and what came of it.
void LoadGenerator::turn(TimePoint wake_at) {
  const timespec patience = to_timespec(std::min(wake_at, wheel_.next()) - steady_now());
  const int count = ::epoll_pwait2(epoll_fd_.get(), events_.data(),
                                   static_cast<int>(events_.size()), &patience, nullptr);
  now_ = steady_now();
  for (int at = 0; at < count; ++at) {
    const auto id = events_[static_cast<std::size_t>(at)].data.u32;
    Seat& seat = seats_[id];
    if (seat.phase == Phase::in_flight) settle(id, seat.client.advance());
  }
  due_.clear();
  wheel_.expire(now_, due_);
  for (const std::uint32_t id : due_) on_deadline(id);
}

void LoadGenerator::start(std::uint32_t id, TimePoint intended) {
  Seat& seat = seats_[id];
  seat.phase = Phase::in_flight;
  seat.intended = intended;
  seat.late_at = intended + plan_.timeout;
  if (seat.role == Role::active) ++begun_;
  settle(id, seat.client.begin());
}

/// Goes on with a seat whose client has made `progress`, until it has to wait.
void LoadGenerator::settle(std::uint32_t id, Progress progress) {
  Seat& seat = seats_[id];
  while (progress != Progress::waiting) {
    count(seat, progress);
    const TimePoint next = next_of(id, progress);
    seat.phase = next == never ? Phase::at_rest : Phase::thinking;
    if (next > now_) return wheel_.set(id, next);
    seat.intended = next;
    seat.phase = Phase::in_flight;
    seat.late_at = next + plan_.timeout;
    if (seat.role == Role::active) ++begun_;
    progress = seat.client.begin();
  }
  watch(seat, id);
  // A slow client is not told of events: it looks for itself, now and then.
  if (seat.role == Role::slow) return wheel_.set(id, now_ + plan_.slow_interval);
  wheel_.set(id, seat.role == Role::idle ? never : seat.late_at);
}

void LoadGenerator::watch(Seat& seat, std::uint32_t id) {
  if (!seat.client.take_is_new() || seat.role == Role::slow) return;
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u32 = id}};
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, seat.client.fd(), &event);
}

void LoadGenerator::count(Seat& seat, Progress progress) {
  const bool is_good = progress == Progress::answered;
  if (seat.role == Role::idle) {
    --idle_left_;
    if (is_good) seat.client.retire();
    return;
  }
  if (seat.role == Role::slow) {
    result_.slow_answers += is_good ? 1 : 0;
    return;
  }
  ++ended_;
  if (!is_good) {
    ++result_.failures[static_cast<std::size_t>(seat.client.failure())];
    return;
  }
  result_.latency.record(static_cast<std::uint64_t>((now_ - seat.intended).count()));
  result_.body_bytes += seat.client.body_bytes();
  last_answer_ = now_;
  count_first_answer(seat);
}

void LoadGenerator::count_first_answer(Seat& seat) {
  if (std::exchange(seat.was_answered, true) || unserved_ == 0) return;
  if (--unserved_ == 0) result_.all_served_after = now_ - begin_;
}

TimePoint LoadGenerator::next_of(std::uint32_t id, Progress progress) {
  const Seat& seat = seats_[id];
  if (seat.role == Role::idle) return never;
  const Duration pause = progress == Progress::failed ? pause_after_failure : 0ns;
  if (seat.role == Role::slow) return now_ + std::max(pause, plan_.slow_interval);
  if (plan_.loop == LoadPlan::Loop::open) {
    const TimePoint intended = next_waiting();
    if (intended == never) free_.push_back(id);
    return intended;
  }
  if (plan_.requests_max > 0 && begun_ >= plan_.requests_max) return never;
  return now_ + std::max(pause, plan_.think.draw(random_));
}

void LoadGenerator::on_deadline(std::uint32_t id) {
  Seat& seat = seats_[id];
  if (seat.phase == Phase::thinking) return start(id, now_);
  if (seat.phase != Phase::in_flight) return;
  if (seat.role == Role::slow && now_ < seat.late_at) return settle(id, seat.client.advance());
  seat.client.abandon();
  settle(id, Progress::failed);
}

TimePoint LoadGenerator::next_arrival() const noexcept {
  const bool is_last = plan_.requests_max > 0 && arrived_ >= plan_.requests_max;
  if (plan_.loop == LoadPlan::Loop::closed || is_last) return never;
  return begin_ + arrivals_.next();
}

/// Begins what is due. Nobody waits for an answer before that: who finds no free client is late
/// from now on.
void LoadGenerator::arrive() {
  for (TimePoint at = next_arrival(); at <= now_ && at < end_; at = next_arrival()) {
    arrivals_.advance();
    ++arrived_;
    if (!free_.empty()) {
      const std::uint32_t id = free_.back();
      free_.pop_back();
      start(id, at);
    } else if (seats_.size() < seats_.capacity()) {
      start(add_seat(Role::active), at);
    } else {
      waiting_.push_back(at);
    }
  }
}

/// The longest waiting that is not too late by now; `never`: there is none.
TimePoint LoadGenerator::next_waiting() {
  while (!waiting_.empty()) {
    const TimePoint intended = waiting_.front();
    waiting_.pop_front();
    if (intended + plan_.timeout > now_) return intended;
    ++result_.failures[static_cast<std::size_t>(LoadFailure::timed_out)];
  }
  return never;
}

bool LoadGenerator::is_over() const noexcept {
  if (now_ >= end_) return true;
  const std::uint64_t wanted = plan_.loop == LoadPlan::Loop::open ? arrived_ : begun_;
  return plan_.requests_max > 0 && wanted >= plan_.requests_max && in_flight() == 0 &&
         waiting_.empty();
}

bool LoadGenerator::tick() {
  if (now_ < next_tick_) return true;
  next_tick_ = now_ + hooks_.tick;
  return hooks_.on_tick({.elapsed = now_ - begin_,
                         .answers = result_.answers(),
                         .failed = result_.failed(),
                         .in_flight = in_flight() + waiting_.size()});
}

/// What an open loop has begun is awaited until it is late; a closed loop's clients just leave.
void LoadGenerator::drain() {
  if (plan_.loop == LoadPlan::Loop::closed) {
    result_.unfinished = in_flight();
    return;
  }
  while ((in_flight() > 0 || !waiting_.empty()) && tick()) turn(next_tick_);
}

LoadResult LoadGenerator::finish() {
  result_.elapsed = std::max(load_end_, last_answer_) - begin_;
  for (const Seat& seat : seats_)
    if (seat.role == Role::idle && seat.phase == Phase::at_rest && seat.client.is_held())
      ++result_.idle_held;
  return std::move(result_);
}

}  // namespace brood
