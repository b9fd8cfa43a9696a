#include "os/lived_clock.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>

namespace brood {
namespace {

/// So late may somebody come who was only busy.
constexpr Duration late_max = std::chrono::milliseconds{250};

std::atomic<unsigned> resumed{0};  // Whenever the process was told to go on.
static_assert(std::atomic<unsigned>::is_always_lock_free);

struct Lived {
  unsigned resumed_seen = resumed.load();
  TimePoint seen = steady_now();  ///< When this thread last asked for the time.
  Duration lost{0};
};

Lived& lived() noexcept {
  thread_local Lived lived;
  return lived;
}

/// From when it last asked until `now` it did not live. That it may have done so for a part of it
/// is to the advantage of those who are waited for.
void lose(Lived& own, TimePoint now) noexcept {
  own.lost += now - own.seen;
}

void on_resumed(int) {
  resumed.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

TimePoint lived_now() noexcept {
  Lived& own = lived();
  const TimePoint now = steady_now();
  const unsigned count = resumed.load(std::memory_order_relaxed);
  if (count != own.resumed_seen) lose(own, now);
  own.resumed_seen = count;
  own.seen = now;
  return now + -own.lost;
}

TimePoint lived_after(TimePoint due) noexcept {
  Lived& own = lived();
  const TimePoint now = steady_now();
  if (due < never && now + -own.lost - due > late_max) {
    own.resumed_seen = resumed.load(std::memory_order_relaxed);
    lose(own, now);
    own.seen = now;
  }
  return lived_now();
}

TimePoint steady_of(TimePoint when) noexcept {
  return when + lived().lost;
}

void hear_of_pauses() noexcept {
  struct sigaction action {};
  action.sa_handler = on_resumed;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGCONT, &action, nullptr);
}

}  // namespace brood
