#pragma once
// Whether a worker gets on, and what is done about one that does not.

#include <string>

#include "serve/pool/pauses.hpp"
#include "serve/pool/slot.hpp"
#include "serve/pool/watchdog.hpp"

namespace brood {

/// What a worker's page says of its progress: a stranger's claims.
struct PageClaims {
  TimePoint progress;  ///< When it last got on.
  Phase phase = Phase::waiting;
};

/// So long it has not got on while it could: as its page says, but neither in the future nor before
/// its birth.
Duration silence_of(const Slot& worker, TimePoint claimed, const Pauses& pauses,
                    TimePoint now) noexcept;

/// What is to be done about a worker.
enum class Remedy : std::uint8_t {
  none,
  end_channel,  ///< It is gone; a program that it had started holds its channel open, for nothing.
  ask,          ///< To leave: no progress on its request.
  kill_hung,    ///< It was asked and has not left.
  kill_mute,    ///< It does not come to serve, or does not leave.
};

struct Diagnosis {
  Remedy remedy = Remedy::none;
  std::string offence;  ///< Of one that is mute: in the words of its death record.
};

/// A worker whose channel has ended, or which has ended while its channel has not, has so long.
inline constexpr Duration half_gone_timeout = std::chrono::seconds{1};

/// \pre the slot is occupied.
Diagnosis diagnose(const Slot& worker, const PageClaims& claims, const WatchdogLimits& limits,
                   const Pauses& pauses, TimePoint now);

}  // namespace brood
