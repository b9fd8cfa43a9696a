#include "serve/pool/diagnosis.hpp"

#include <algorithm>

#include "serve/pool/worker_state.hpp"

namespace brood {

Duration silence_of(const Slot& worker, TimePoint claimed, const Pauses& pauses,
                    TimePoint now) noexcept {
  const TimePoint last = std::clamp(claimed, worker.born, std::max(now, worker.born));
  return now - pauses.moved(last, now);
}

namespace {

bool has_passed(Duration time, TimePoint since, const Pauses& pauses, TimePoint now) noexcept {
  return now - pauses.moved(since, now) > time;
}

/// Of one that has been reaped.
Diagnosis diagnose_gone(const Slot& worker, const Pauses& pauses, TimePoint now) {
  if (worker.channel_ended.ns != 0) return {};
  if (!has_passed(half_gone_timeout, worker.reaped_at, pauses, now)) return {};
  return {.remedy = Remedy::end_channel, .offence = {}};
}

}  // namespace

Diagnosis diagnose(const Slot& worker, const PageClaims& claims, const WatchdogLimits& limits,
                   const Pauses& pauses, TimePoint now) {
  if (worker.reaped_at.ns != 0) return diagnose_gone(worker, pauses, now);
  if (worker.channel_ended.ns != 0 &&
      has_passed(half_gone_timeout, worker.channel_ended, pauses, now))
    return {.remedy = Remedy::kill_mute, .offence = "it closed its channel and did not leave"};
  const TimePoint asked = worker.asked.ns == 0 ? TimePoint{} : pauses.moved(worker.asked, now);
  const Progress progress{.state = worker.seen.state,
                          .phase = claims.phase,
                          .last = now + -silence_of(worker, claims.progress, pauses, now),
                          .asked = asked};
  switch (judge(progress, limits, now)) {
    case Verdict::fine: return {};
    case Verdict::ask: return {.remedy = Remedy::ask, .offence = {}};
    case Verdict::kill: break;
  }
  if (serves(worker.seen.state)) return {.remedy = Remedy::kill_hung, .offence = {}};
  return {.remedy = Remedy::kill_mute,
          .offence = std::string("it stayed in ") + to_string(worker.seen.state)};
}

}  // namespace brood
