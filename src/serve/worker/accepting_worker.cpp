#include "serve/worker/accepting_worker.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "os/listener.hpp"
#include "wire/exit_status.hpp"

namespace brood {

AcceptingWorker::AcceptingWorker(const WorkerPlace& place, const WorkerSettings& settings,
                                 int wake_fd)
    : place_(place),
      settings_(settings),
      report_(place),
      orders_(place.channel_fd, place.scoreboard.head->orders_given),
      wake_fd_(wake_fd) {}

int AcceptingWorker::run() {
  report_.publish(WorkerState::init);
  if (orders_.wait_for_acknowledgement()) {
    if (!orders_.watch(place_.listener_fds, settings_.epoll_exclusive, wake_fd_))
      return exit_os_error;
    report_.publish(WorkerState::idle);
    while (!orders_.leaving() && !quota_served()) turn();
    begin_to_finish();
    while (report_.open() > 0) wait_for_place();
  }
  report_.progressed(lived_now());
  report_.publish(WorkerState::exit);
  return exit_status();
}

void AcceptingWorker::turn() {
  if (is_full()) return wait_for_place();
  const std::span<const int> listeners = orders_.wait_for_client(next_look());
  look_around(lived_now());
  for (const int listener : listeners)
    if (accept_from(listener)) return;  // One at a time: the rest may be a sibling's.
}

void AcceptingWorker::wait_for_place() {
  orders_.wait(wake_fd_, POLLIN, next_look());
  look_around(lived_now());
}

TimePoint AcceptingWorker::next_look() const noexcept {
  return report_.open() > 0 ? lived_now() + look_around_interval : never;
}

/// \return whether a connection was taken.
bool AcceptingWorker::accept_from(int listener) {
  UniqueFd client{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
  if (!client) {
    on_accept_error(listener, errno);
    return false;
  }
  backoff_.succeeded();
  opened();
  take(std::move(client));
  return true;
}

void AcceptingWorker::on_accept_error(int listener, int error) {
  switch (accept_error(error)) {
    case AcceptError::shut_down:
      if (report_.is_server_stopping()) return orders_.forget(listener);
      return back_off("accept", error);  // The supervisor will restore it.
    case AcceptError::exhausted: return back_off("accept", error);
    case AcceptError::transient: return;
  }
}

void AcceptingWorker::opened() {
  report_.opened();
  report_.publish(is_full() ? WorkerState::busy : WorkerState::idle);
  if (wake_fd_ < 0 || !is_full() || std::exchange(has_been_full_, true)) return;
  report_.note("all " + std::to_string(settings_.connections_per_worker) +
               " connections are taken for the first time: more wait to be accepted");
}

void AcceptingWorker::closed(bool is_finishing) {
  report_.closed();
  if (!is_finishing) return report_.publish(WorkerState::idle);
  if (report_.open() > 0) report_.publish(WorkerState::busy);  // Else what comes next is EXIT.
}

void AcceptingWorker::leave_listeners() noexcept {
  for (const int listener : place_.listener_fds) orders_.forget(listener);
  let_go(place_.listener_fds);
}

void AcceptingWorker::begin_to_finish() {
  is_finishing_ = true;
  leave_listeners();
  if (report_.open() == 0) return;
  report_.take_no_more();
  report_.publish(WorkerState::busy);
}

void AcceptingWorker::back_off(std::string_view operation, int error) {
  orders_.wait(-1, 0, lived_now() + backoff_.failed(operation, error, report_));
}

bool AcceptingWorker::give_up(std::string_view operation) {
  report_.note("a connection is closed without an answer, for want of a " + std::string(operation));
  return false;
}

int AcceptingWorker::exit_status() const noexcept {
  if (orders_.broken()) return exit_os_error;
  return orders_.terminated() ? exit_terminated : exit_done;
}

}  // namespace brood
