#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// How long a worker may be silent.
struct WatchdogLimits {
  Duration request_timeout = std::chrono::seconds{60};  ///< Of a handler; 0: no limit.
  /// The longest of the worker's own time-outs towards clients: it is to notice those by itself.
  Duration client_timeout = std::chrono::seconds{30};
};

/// Between asking a silent worker to leave and killing it.
inline constexpr Duration ask_grace = std::chrono::seconds{1};
/// For a worker to report INIT and to become IDLE once acknowledged, and for one whose channel has
/// ended or which is in EXIT to be gone.
inline constexpr Duration report_timeout = std::chrono::seconds{10};

/// For the reporter to get on while somebody waits for it. It has nothing to do that takes longer.
inline constexpr Duration reporter_timeout = std::chrono::seconds{3};

/// What a worker shows of its progress, read from its page: a stranger's claim.
struct Progress {
  WorkerState state = WorkerState::idle;
  Phase phase = Phase::waiting;
  TimePoint last;   ///< When it last got on, at most `now`.
  TimePoint asked;  ///< When it was asked to leave for its silence; 0 ns: not.
};

enum class Verdict : std::uint8_t { fine, ask, kill };

/// What to do about a worker's silence. INIT and EXIT are passages and limited by `report_timeout`;
/// IDLE may last for ever, unless one of many connections has a handler at work.
Verdict judge(const Progress& progress, const WatchdogLimits& limits, TimePoint now) noexcept;

}  // namespace brood
