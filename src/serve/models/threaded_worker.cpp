#include "serve/models/threaded_worker.hpp"

#include <sys/eventfd.h>

#include "serve/worker/start_handler.hpp"

namespace brood {

UniqueFd open_wake_fd() noexcept {
  return UniqueFd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
}

ThreadedWorker::ThreadedWorker(const WorkerPlace& place, const WorkerSettings& settings,
                               const HandlerFactory& make_handler, UniqueFd wake_fd, Channel relay)
    : AcceptingWorker(place, settings, wake_fd.get()),
      make_handler_(make_handler),
      wake_fd_(std::move(wake_fd)),
      relay_(std::move(relay)) {
  have_last_words();
}

ThreadedWorker::~ThreadedWorker() = default;

int ThreadedWorker::live() {
  const int failure = start();
  const int status = failure == exit_done ? run() : failure;
  join();
  for (const auto& seat : seats_) seat->leave();
  return status;
}

ThreadSeat* ThreadedWorker::make_seat() {
  const std::scoped_lock starting(start_mutex_);
  const auto number = static_cast<std::uint32_t>(seats_.size());
  std::unique_ptr<Handler> handler = start_handler(make_handler_, place_.slot, number, report_);
  if (!handler) return nullptr;
  auto seat = std::make_unique<ThreadSeat>(place_, settings_, relay_.worker_end.get(), told_,
                                           std::move(handler));
  const std::scoped_lock lock(mutex_);
  return seats_.emplace_back(std::move(seat)).get();
}

void ThreadedWorker::done() {
  const std::scoped_lock lock(mutex_);
  const bool was_full = is_full();
  closed(is_finishing());
  if (!was_full && !is_finishing()) return;  // Nobody waits for it.
  is_woken_.store(true);
  ::eventfd_write(wake_fd_.get(), 1);
}

void ThreadedWorker::opened() {
  const std::scoped_lock lock(mutex_);
  AcceptingWorker::opened();
}

void ThreadedWorker::begin_to_finish() {
  const std::scoped_lock lock(mutex_);
  AcceptingWorker::begin_to_finish();
  relay_.supervisor_end.reset();
  told_.fetch_add(1, std::memory_order_release);
}

void ThreadedWorker::look_around(TimePoint now) {
  eventfd_t count = 0;
  if (is_woken_.exchange(false)) ::eventfd_read(wake_fd_.get(), &count);
  if (now - shown_at_ >= look_around_interval / 2) show_oldest(now);
}

/// To the supervisor, a worker that hangs is one whose oldest request does not get on.
void ThreadedWorker::show_oldest(TimePoint now) {
  constexpr auto relaxed = std::memory_order_relaxed;
  shown_at_ = now;
  const SlotPage* oldest = nullptr;
  TimePoint since = steady_of(now);
  const std::scoped_lock lock(mutex_);
  for (const auto& seat : seats_) {
    const SlotPage& page = seat->page();
    const TimePoint got_on{page.progress_ns.load(relaxed)};
    if (page.phase.load(relaxed) != Phase::working || got_on >= since) continue;
    oldest = &page;
    since = got_on;
  }
  SlotPage& shown = place_.scoreboard.slots[place_.slot];
  if (oldest != nullptr) shown.request_line.copy(oldest->request_line);
  shown.phase.store(oldest != nullptr ? Phase::working : Phase::waiting, relaxed);
  shown.progress_ns.store(since.ns, relaxed);
}

}  // namespace brood
