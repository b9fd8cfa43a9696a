// A process for each connection: the worker accepts and forks, the child serves and ends. What a
// handler does harms its own connection only: the worker is to its children what the supervisor is
// to it.
#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <unordered_map>

#include "os/process.hpp"
#include "os/shared_pages.hpp"
#include "os/signal_fd.hpp"
#include "serve/models/models.hpp"
#include "serve/pool/death.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/watchdog.hpp"
#include "serve/worker/accepting_worker.hpp"
#include "serve/worker/connection.hpp"
#include "serve/worker/start_handler.hpp"

namespace brood {
namespace {

class ProcessWorker final : public AcceptingWorker {
 public:
  ProcessWorker(const WorkerPlace& place, const WorkerSettings& settings,
                const HandlerFactory& make_handler, int ended_fd, SharedPages& pages)
      : AcceptingWorker(place, settings, ended_fd),
        make_handler_(make_handler),
        ended_fd_(ended_fd),
        pages_(pages) {}

 private:
  struct Child {
    SlotPage& page;
    TimePoint born;
    TimePoint asked{};
    Intent intent = Intent::none;

    TimePoint last_progress(TimePoint now) const noexcept {
      const TimePoint claimed{page.progress_ns.load(std::memory_order_relaxed)};
      return std::clamp(claimed, born, std::max(now, born));
    }
  };

  void take(UniqueFd client) override {
    SlotPage& page = pages_.take();
    std::array kept{client.get(), place_.channel_fd};
    std::ranges::sort(kept);
    const ChildSpec spec{.kept_fds = kept, .body = [&] { return serve(std::move(client), page); }};
    const auto fork = [&] {
      const Result<pid_t> pid = processes_.fork(spec);
      if (pid) children_.emplace(*pid, Child{.page = page, .born = steady_now()});
      return pid ? 0 : pid.error().code.value();
    };
    if (!persist("fork", fork)) leave(page);
  }

  /// The child's life. It hears of a stop by SIGTERM; the channel is for its notes.
  int serve(UniqueFd client, SlotPage& page) {
    unblock_signal(SIGCHLD);
    WorkerPlace place = place_;
    place.queue_fds.clear();  // They are closed here.
    Report report(place, page);
    report.serving(report_.connections());
    Orders orders(-1, place_.scoreboard.head->orders_given);
    const std::unique_ptr<Handler> handler = start_handler(make_handler_, place_.slot, 0, report);
    if (!handler) return exit_handler_start;
    WorkerContext context{.settings = settings_,
                          .handler = *handler,
                          .report = report,
                          .orders = orders,
                          .clients_block = true};
    Connection(context).serve(std::move(client));
    handler->on_exit();
    return exit_done;
  }

  void look_around(TimePoint lived) override {
    report_.progressed(lived);
    const TimePoint now = steady_now();
    if (looked_.ns != 0) pauses_.note(looked_, looked_ + look_around_interval, now);
    looked_ = report_.open() > 0 ? now : TimePoint{};
    if (take_signal(ended_fd_))
      while (const pid_t pid = ended_child()) bury(pid, now);
    if (now - judged_ < look_around_interval) return;
    judged_ = now;
    for (auto& [pid, child] : children_) judge(pid, child, now);
    if (is_full() && report_.waiting() > 0) dismiss_silent(now);
  }

  /// Those whose clients have said nothing yet; where one speaks up within a second it is served.
  void dismiss_silent(TimePoint now) {
    for (auto& [pid, child] : children_) {
      const bool is_silent = child.page.progress_ns.load(std::memory_order_relaxed) == 0;
      if (!is_silent || child.intent != Intent::none || now - child.born < silence_max) continue;
      child.intent = Intent::drain_spare;
      processes_.kill(pid, SIGTERM);
    }
  }

  void bury(pid_t pid, TimePoint now) {
    const auto found = children_.find(pid);
    int wait_status = 0;
    if (!processes_.reap(pid, wait_status) || found == children_.end()) return;
    const Child& child = found->second;
    const Ending ending{.intent = child.intent,
                        .wait_status = wait_status,
                        .state = WorkerState::exit,  // It shows none.
                        .quota_served = true,        // It has one connection, and leaves after it.
                        .silence = now - child.last_progress(now),
                        .request_line = child.page.request_line.load(),
                        .detail = {}};
    if (is_failure(cause_of(ending)))
      report_.note("process " + std::to_string(pid) + ": " + describe(ending) +
                   "; its connection is lost");
    report_.lost(child.page);
    leave(child.page);
    children_.erase(found);
  }

  void leave(SlotPage& page) {
    pages_.give_back(page);
    closed(is_finishing());
  }

  void judge(pid_t pid, Child& child, TimePoint now) {
    const Verdict verdict = brood::judge({.state = WorkerState::busy,
                                          .phase = child.page.phase.load(std::memory_order_relaxed),
                                          .last = pauses_.moved(child.last_progress(now), now),
                                          .asked = child.asked},
                                         settings_.watchdog, now);
    if (verdict == Verdict::fine) return;
    if (verdict == Verdict::ask) child.asked = now;
    child.intent = verdict == Verdict::ask ? Intent::ask_hung : Intent::kill_hung;
    processes_.kill(pid, verdict == Verdict::ask ? SIGTERM : SIGKILL);
  }

  void begin_to_finish() override {
    AcceptingWorker::begin_to_finish();
    for (auto& [pid, child] : children_) {
      if (child.intent == Intent::none) child.intent = Intent::drain_stop;
      processes_.kill(pid, SIGTERM);
      processes_.kill(pid, SIGCONT);  // One that somebody has stopped cannot do as it is told.
    }
  }

  const HandlerFactory& make_handler_;
  int ended_fd_;  ///< Readable when a child may have ended.
  SharedPages& pages_;
  KernelProcesses processes_;
  std::unordered_map<pid_t, Child> children_;
  TimePoint judged_;
  TimePoint looked_;  ///< 0 ns: nothing was open then, and no look was due.
  Pauses pauses_;     ///< Of the worker, and most likely of its children.
};

}  // namespace

int run_process(const WorkerPlace& place, const WorkerSettings& settings,
                const HandlerFactory& make_handler) {
  // Blocked before anything waits: a SIGCHLD that comes to nobody is lost.
  const UniqueFd ended = open_signal_fd(SIGCHLD);
  auto pages = SharedPages::create(settings.connections_per_worker);
  if (!ended || !pages) return exit_os_error;
  return ProcessWorker(place, settings, make_handler, ended.get(), *pages).run();
}

}  // namespace brood
