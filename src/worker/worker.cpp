#include "worker/worker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string>

#include "handlers/plain_answer.hpp"
#include "wire/exit_status.hpp"
#include "worker/accept_backoff.hpp"
#include "worker/connection.hpp"
#include "worker/event_worker.hpp"
#include "worker/orders.hpp"
#include "worker/report.hpp"

namespace brood {
namespace {

/// A worker at work: accepts, serves, accounts, repeats.
class Worker {
 public:
  Worker(const WorkerSeat& seat, const WorkerSettings& settings, Handler& handler)
      : seat_(seat),
        settings_(settings),
        report_(seat),
        orders_(seat.channel_fd, seat.scoreboard->view().head->orders_given),
        context_{.settings = settings,
                 .handler = handler,
                 .report = report_,
                 .orders = orders_,
                 .clients_block = true},
        connection_(context_) {}

  Report& report() noexcept { return report_; }

  int run() {
    report_.publish(WorkerState::init);
    if (!orders_.wait_for_acknowledgement()) return leave();
    if (!orders_.watch(seat_.listener_fds, settings_.epoll_exclusive)) return exit_os_error;
    report_.publish(WorkerState::idle);
    while (!orders_.leaving() && !share_served())
      for (const int listener : orders_.wait_for_client())
        if (accept_from(listener)) break;  // One at a time: the rest may be a sibling's.
    return leave();
  }

 private:
  bool share_served() const noexcept {
    return seat_.share > 0 && report_.connections() >= seat_.share;
  }

  int leave() noexcept {
    report_.publish(WorkerState::exit);
    if (orders_.broken()) return exit_os_error;
    return orders_.terminated() ? exit_terminated : exit_done;
  }

  /// \return whether a connection was served.
  bool accept_from(int listener) {
    UniqueFd client{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!client) {
      on_accept_error(listener, errno);
      return false;
    }
    backoff_.succeeded();
    report_.opened();
    report_.publish(WorkerState::busy);
    connection_.serve(std::move(client));
    report_.closed();
    if (!orders_.leaving() && !share_served()) report_.publish(WorkerState::idle);
    return true;
  }

  void on_accept_error(int listener, int error) {
    switch (accept_error(error)) {
      case AcceptError::shut_down: return orders_.forget(listener);
      case AcceptError::exhausted: {
        const Duration pause = backoff_.failed(error, report_);
        orders_.wait(-1, 0, steady_now() + pause);
        return;
      }
      case AcceptError::transient: return;
    }
  }

  const WorkerSeat& seat_;
  const WorkerSettings& settings_;
  Report report_;
  Orders orders_;
  WorkerContext context_;
  Connection connection_;
  AcceptBackoff backoff_;
};

/// The reporter has nothing but its health document, which is answered before any handler.
class NothingElse final : public Handler {
 public:
  Admission admit(const Request&) override {
    Admission admission;
    admission.status = 404;
    return admission;
  }
  Response handle(const Request&) override { return plain_answer(404); }
};

/// Probes are short and come from few clients: who dawdles there gives way soon.
WorkerSettings reporter_settings(WorkerSettings settings) {
  if (settings.health_path.empty()) settings.health_path = WorkerSettings{}.health_path;
  settings.http = {.max_header_bytes = 8UL * 1024, .max_headers = 100};
  for (Duration* patience :
       {&settings.header_timeout, &settings.body_timeout, &settings.write_timeout})
    *patience = std::min<Duration>(*patience, std::chrono::seconds{2});
  settings.trusted_proxies = {};  // Who probes speaks for himself.
  settings.connections_per_worker = 256;
  return settings;
}

/// A worker's life around its loop: the handler's beginning and end.
template <class Loop>
int live(const WorkerSeat& seat, const WorkerSettings& settings,
         const HandlerFactory& make_handler) {
  const std::unique_ptr<Handler> handler = make_handler();
  Loop loop(seat, settings, *handler);
  try {
    handler->on_start({.slot = seat.slot,
                       .pid = ::getpid(),
                       .note = [&loop](std::string_view text) { loop.report().note(text); }});
  } catch (const std::exception& error) {
    loop.report().note(std::string("on_start: ") + error.what());
    return exit_handler_start;
  }
  const int status = loop.run();
  handler->on_exit();
  return status;
}

}  // namespace

int run_worker(const WorkerSeat& seat, const WorkerSettings& settings,
               const HandlerFactory& make_handler) {
  return live<Worker>(seat, settings, make_handler);
}

int run_reporter(const WorkerSeat& seat, const WorkerSettings& settings) {
  return live<EventWorker>(seat, reporter_settings(settings),
                           [] { return std::make_unique<NothingElse>(); });
}

int run_epoll_worker(const WorkerSeat& seat, const WorkerSettings& settings,
                     const HandlerFactory& make_handler) {
  return live<EventWorker>(seat, settings, make_handler);
}

}  // namespace brood
