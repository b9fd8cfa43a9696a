#include "serve/pool/pauses.hpp"

#include <algorithm>

namespace brood {

void Pauses::note(TimePoint last, TimePoint due, TimePoint now) noexcept {
  if (now - due <= late_max) return;
  // It may have begun right after it ran last: who profits from that waits a little longer.
  pauses_[next_++ % pauses_.size()] = {last, now};
}

TimePoint Pauses::moved(TimePoint since, TimePoint now) const noexcept {
  Duration lost{0};
  for (const Pause& pause : pauses_)
    lost += std::max(Duration{0}, std::min(pause.to, now) - std::max(pause.from, since));
  return std::min(since + lost, std::max(since, now));
}

}  // namespace brood
