#pragma once
// The event-driven worker: one epoll over listeners, channel, SIGTERM and all its connections. It
// waits for what their conversations wait for, so that a slow client costs nothing but its place.
// A handler that blocks stops them all.
//
// IDLE: there is a free place. BUSY: there is none, or no new connection is taken any more. EXIT:
// no new one is taken and all are closed.

#include <array>
#include <string>
#include <vector>

#include "net/epoll.hpp"
#include "net/timer_wheel.hpp"
#include "os/worker_spec.hpp"
#include "serve/worker/accept_backoff.hpp"
#include "serve/worker/client_table.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

class EventWorker {
 public:
  EventWorker(const WorkerPlace& place, const WorkerSettings& settings, Handler& handler);

  /// From INIT to EXIT. \return the exit status.
  int run();

 private:
  // event_worker.cpp: the loop and its orders
  bool watch();
  void turn();
  TimePoint next_due() const noexcept;
  int patience_ms(TimePoint due) const noexcept;
  void take(const epoll_event& event);
  void take_signal() noexcept;
  void take_orders();
  void expire();
  void leave_if_told();
  bool is_finishing() const noexcept;
  int exit_status() const noexcept;

  // event_worker_clients.cpp: connections
  WorkerState state() const noexcept;
  void start_accepting();
  void stop_accepting() noexcept;
  bool accept_from(int listener);
  void admit(UniqueFd client);
  void watch_client(std::uint32_t id);
  void give_way();
  void make_room();
  void on_accept_error(int listener, int error);
  void on_client(std::uint32_t id, std::uint32_t events);
  void on_deadline(std::uint32_t id);
  void advance(std::uint32_t id);
  void await(std::uint32_t id, const Awaited& awaited);
  void await_source(std::uint32_t id);
  void await_output(std::uint32_t id);
  void close(std::uint32_t id);
  EventTag tag_of(EventTag::Kind kind, std::uint32_t id) noexcept;

  const WorkerPlace& place_;
  Report report_;
  Orders orders_;
  WorkerContext context_;
  Epoll epoll_;
  UniqueFd signal_fd_;
  std::vector<int> listeners_;  ///< That have not been shut down.
  std::vector<int> watched_;    ///< Those that wake this worker now.
  ClientTable clients_;
  TimerWheel wheel_;
  std::array<epoll_event, 256> events_;
  std::vector<std::uint32_t> due_;
  std::vector<EventTag> turns_;  ///< Who goes on without waiting.
  TimePoint accept_again_ = never;
  TimePoint room_made_{};
  AcceptBackoff backoff_;
  bool has_been_told_ = false;
};

}  // namespace brood
