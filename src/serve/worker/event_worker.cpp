#include "serve/worker/event_worker.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os/listener.hpp"
#include "os/signal_fd.hpp"
#include "wire/exit_status.hpp"

namespace brood {
namespace {

constexpr Duration sign_of_life = std::chrono::milliseconds{500};

}  // namespace

EventWorker::EventWorker(const WorkerPlace& place, const WorkerSettings& settings, Handler& handler)
    : place_(place),
      report_(place),
      orders_(place.channel_fd, place.scoreboard.head->orders_given),
      context_{.settings = settings, .handler = handler, .report = report_, .orders = orders_},
      signal_fd_(open_signal_fd(SIGTERM)),
      listeners_(place.listener_fds),
      clients_(context_),
      wheel_(lived_now()) {}

int EventWorker::run() {
  report_.publish(WorkerState::init);
  if (orders_.wait_for_acknowledgement()) {
    if (!watch()) return exit_os_error;
    report_.publish(state());
    while (!is_finishing() || report_.open() > 0) turn();
  }
  report_.publish(WorkerState::exit);
  return exit_status();
}

bool EventWorker::watch() {
  context_.now = lived_now();
  start_accepting();
  return epoll_.add(orders_.channel_fd(), EPOLLIN, {EventTag::Kind::channel}) &&
         epoll_.add(signal_fd_.get(), EPOLLIN, {EventTag::Kind::signal});
}

void EventWorker::turn() {
  const TimePoint due = next_due();
  const int count = epoll_.wait(events_, patience_ms(due));
  const int error = errno;
  context_.now = count == 0 ? lived_after(due) : lived_now();
  report_.progressed(context_.now);
  if (count < 0 && error != EINTR) orders_.give_up();
  for (int at = 0; at < count; ++at) take(events_[static_cast<std::size_t>(at)]);
  for (const EventTag& tag : std::exchange(turns_, {}))
    if (clients_.find(tag.index, tag.generation) != nullptr) advance(tag.index);
  expire();
  leave_if_told();
}

TimePoint EventWorker::next_due() const noexcept {
  if (!turns_.empty()) return context_.now;
  TimePoint next = std::min(wheel_.next(), accept_again_);
  // Who takes no connection shows that it lives: the supervisor's watchdog counts its silence.
  if (state() == WorkerState::busy) next = std::min(next, context_.now + sign_of_life);
  return next;
}

int EventWorker::patience_ms(TimePoint due) const noexcept {
  if (due == never) return -1;
  const Duration left = due - context_.now;
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(left, Duration{0})).count());
}

void EventWorker::take(const epoll_event& event) {
  const EventTag tag = EventTag::from(event.data.u64);
  switch (tag.kind) {
    case EventTag::Kind::channel: return take_orders();
    case EventTag::Kind::signal: return take_signal();
    case EventTag::Kind::listener: accept_from(static_cast<int>(tag.index)); return;
    case EventTag::Kind::client:
      if (clients_.find(tag.index, tag.generation) != nullptr) on_client(tag.index, event.events);
      return;
    case EventTag::Kind::source:
      if (clients_.find(tag.index, tag.generation) != nullptr) advance(tag.index);
      return;
  }
}

void EventWorker::take_signal() noexcept {
  if (brood::take_signal(signal_fd_.get())) orders_.terminate();
}

/// After a nudge every listener is looked at: somebody waits there, and nobody else was woken.
void EventWorker::take_orders() {
  orders_.read_commands();
  if (orders_.leaving()) epoll_.remove(orders_.channel_fd());
  if (!orders_.take_nudge()) return;
  for (const int listener : std::vector<int>(listeners_)) accept_from(listener);
}

void EventWorker::expire() {
  due_.clear();
  wheel_.expire(context_.now, due_);
  for (const std::uint32_t id : due_) on_deadline(id);
  make_room();
  if (accept_again_ > context_.now) return;
  accept_again_ = never;
  if (state() == WorkerState::idle) start_accepting();
}

/// Once: one waiting connection is still taken, for this worker may be the only one that was woken
/// for it; then no more. Those that nobody uses are closed, the others finish.
void EventWorker::leave_if_told() {
  if (!orders_.leaving() || std::exchange(has_been_told_, true)) return;
  for (const int listener : std::vector<int>(watched_))
    if (accept_from(listener)) break;
  stop_accepting();
  let_go(std::exchange(listeners_, {}));
  if (report_.open() > 0) {
    report_.take_no_more();
    report_.publish(WorkerState::busy);
  }
  for (std::uint32_t id = 0; id < clients_.size(); ++id) {
    if (!clients_.at(id).socket) continue;
    clients_.engage(clients_.at(id));
    advance(id);
  }
}

bool EventWorker::is_finishing() const noexcept {
  return has_been_told_ || context_.is_finishing;
}

int EventWorker::exit_status() const noexcept {
  if (orders_.broken()) return exit_os_error;
  return orders_.terminated() ? exit_terminated : exit_done;
}

}  // namespace brood
