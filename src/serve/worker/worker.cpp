#include "serve/worker/worker.hpp"

#include <algorithm>

#include "serve/handlers/plain_answer.hpp"
#include "serve/worker/accepting_worker.hpp"
#include "serve/worker/connection.hpp"
#include "serve/worker/event_worker.hpp"
#include "serve/worker/start_handler.hpp"
#include "wire/exit_status.hpp"

namespace brood {
namespace {

/// The blocking worker: serves each connection itself, to its end.
class Worker final : public AcceptingWorker {
 public:
  Worker(const WorkerPlace& place, const WorkerSettings& settings, Handler& handler)
      : AcceptingWorker(place, settings),
        context_{.settings = settings,
                 .handler = handler,
                 .report = report_,
                 .orders = orders_,
                 .clients_block = true},
        connection_(context_) {
    orders_.on_leaving([this] { tell_of_leaving(); });
  }

 private:
  void take(UniqueFd client) override {
    connection_.serve(std::move(client));
    closed(orders_.leaving() || quota_served());
  }

  /// In the middle of a connection: that one is its last.
  void tell_of_leaving() {
    if (report_.open() == 0) return;
    leave_listeners();
    report_.take_no_more();
    report_.publish(WorkerState::busy);
  }

  WorkerContext context_;
  Connection connection_;
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
  settings.trusted_proxies = settings.trusted_forwarders = {};  // Who probes speaks for himself.
  settings.connections_per_worker = 256;
  return settings;
}

/// A worker's life around its loop: the handler's beginning and end.
template <class Loop>
int live(const WorkerPlace& place, const WorkerSettings& settings,
         const HandlerFactory& make_handler) {
  Report notes(place);
  const std::unique_ptr<Handler> handler = start_handler(make_handler, place.slot, 0, notes);
  if (!handler) return exit_handler_start;
  const int status = Loop(place, settings, *handler).run();
  handler->on_exit();
  return status;
}

}  // namespace

int run_worker(const WorkerPlace& place, const WorkerSettings& settings,
               const HandlerFactory& make_handler) {
  return live<Worker>(place, settings, make_handler);
}

int run_reporter(const WorkerPlace& place, const WorkerSettings& settings) {
  return live<EventWorker>(place, reporter_settings(settings),
                           [] { return std::make_unique<NothingElse>(); });
}

int run_epoll_worker(const WorkerPlace& place, const WorkerSettings& settings,
                     const HandlerFactory& make_handler) {
  return live<EventWorker>(place, settings, make_handler);
}

}  // namespace brood
