#pragma once

#include <algorithm>
#include <cerrno>

#include "base/clock.hpp"

namespace brood {

// A unix socket whose queue is full refuses a connection at once (EAGAIN, unix(7)), and nothing
// tells when there is room. A server of TCP makes us wait in the same place: so does this, by
// asking again until connect-timeout. Busy is not dead.

inline bool is_worth_another_try(int error, TimePoint now, TimePoint until) noexcept {
  return error == EAGAIN && now < until;
}

/// After a quarter of the time that it has been tried for, so that many who wait do not spin.
inline TimePoint next_try(TimePoint since, TimePoint now, TimePoint until) noexcept {
  constexpr Duration least = std::chrono::milliseconds{1};
  constexpr Duration most = std::chrono::milliseconds{50};
  return std::min(until, now + std::clamp((now - since) / 4, least, most));
}

}  // namespace brood
