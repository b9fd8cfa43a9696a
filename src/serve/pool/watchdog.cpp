#include "serve/pool/watchdog.hpp"

#include "serve/pool/worker_state.hpp"

namespace brood {
namespace {

/// The silence that is allowed; a negative one has no end.
Duration allowed_silence(const Progress& progress, const WatchdogLimits& limits) noexcept {
  constexpr Duration for_ever{-1};
  if (!serves(progress.state)) return report_timeout;
  if (limits.request_timeout.count() == 0) return for_ever;
  if (progress.phase == Phase::working) return limits.request_timeout;
  if (progress.state == WorkerState::idle) return for_ever;
  return limits.client_timeout + limits.request_timeout;
}

}  // namespace

Verdict judge(const Progress& progress, const WatchdogLimits& limits, TimePoint now) noexcept {
  const Duration allowed = allowed_silence(progress, limits);
  if (allowed.count() < 0 || now - progress.last <= allowed) return Verdict::fine;
  if (!serves(progress.state)) return Verdict::kill;
  if (progress.asked.ns == 0) return Verdict::ask;
  return now - progress.asked >= ask_grace ? Verdict::kill : Verdict::fine;
}

}  // namespace brood
