#include "serve/pool/ending.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace brood {

Ending ending_of(const Slot& worker, Duration silence, std::string request, const Pauses& pauses,
                 TimePoint now) {
  if (request.empty() && worker.asked.ns != 0) request = worker.asked_request;
  return {
      .intent = worker.intent,
      .wait_status = worker.wait_status,
      .state = worker.seen.state,
      .open = worker.seen.open,
      .was_ready = worker.ready_since.ns != 0,
      .quota_served = worker.request_quota > 0 && worker.seen.connections >= worker.request_quota,
      .silence = std::max(worker.asked_silence, silence),
      .finished_for = now - pauses.moved(worker.leaving_since, now),
      .request_line = std::move(request),
      .detail = worker.offence};
}

bool left_on_sigterm(const Slot& worker) noexcept {
  return worker.intent == Intent::none && worker.seen.state == WorkerState::exit &&
         WIFEXITED(worker.wait_status) && WEXITSTATUS(worker.wait_status) == exit_terminated;
}

bool is_failed_handler(const Slot& worker) noexcept {
  return worker.ready_since.ns == 0 && WIFEXITED(worker.wait_status) &&
         WEXITSTATUS(worker.wait_status) == exit_handler_start;
}

std::optional<Reason> replacement_reason(const Slot& worker, Cause cause) noexcept {
  if (cause == Cause::drained || cause == Cause::rolled || worker.succeeded) return std::nullopt;
  return cause == Cause::recycled ? Reason::recycled : Reason::replaced;
}

Lesson lesson_of(const Slot& worker, Cause cause) noexcept {
  if (worker.ready_since.ns == 0)
    return worker.intent == Intent::none || is_failure(cause) ? Lesson::failed_start : Lesson::none;
  const bool failed = is_failure(cause) && cause != Cause::killed && cause != Cause::cut;
  return failed && !worker.proven ? Lesson::early_end : Lesson::none;
}

}  // namespace brood
