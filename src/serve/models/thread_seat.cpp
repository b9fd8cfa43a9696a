#include "serve/models/thread_seat.hpp"

#include <csignal>

namespace brood {
namespace {

/// Of the worker for which this thread serves.
thread_local const SlotPage* own_page = nullptr;
thread_local SlotPage* shown_page = nullptr;

/// The disposition is the default one again, and the signal comes once more when this returns.
void on_fault(int number) {
  if (own_page != nullptr && own_page->phase.load(std::memory_order_relaxed) == Phase::working) {
    shown_page->request_line.copy(own_page->request_line);
    shown_page->phase.store(Phase::working, std::memory_order_relaxed);
  }
  ::raise(number);
}

}  // namespace

ThreadSeat::ThreadSeat(const WorkerPlace& place, const WorkerSettings& settings, int relay_fd,
                       const std::atomic<std::uint32_t>& told, std::unique_ptr<Handler> handler)
    : worker_page_(place.scoreboard.slots[place.slot]),
      report_(place, page_),
      orders_(Orders::relayed(relay_fd, told)),
      handler_(std::move(handler)),
      context_{.settings = settings,
               .handler = *handler_,
               .report = report_,
               .orders = orders_,
               .clients_block = true,
               .served_at_once = settings.threads},
      connection_(context_) {}

void ThreadSeat::serve(UniqueFd client, std::uint64_t number) {
  own_page = &page_;
  shown_page = &worker_page_;
  report_.serving(number);
  connection_.serve(std::move(client));
  own_page = nullptr;
}

void have_last_words() noexcept {
  for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP}) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = on_fault;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace brood
