#include "serve/supervisor/replacing.hpp"

#include <utility>

#include "serve/supervisor/call_after.hpp"

namespace brood {

Replacing::Replacing(boost::asio::io_context& context, Supervision& all, Spawning& spawning)
    : all_(all), spawning_(spawning), timer_(context) {}

Replacing::Outcome Replacing::replace(std::uint32_t place, Reason reason) {
  const PoolView seen = spawning_.view(false);
  const Decision decision = brood::replace(seen, all_.current.settings->limits, {}, reason);
  if (decision.reason == Reason::held_back) return Outcome::not_now;
  if (decision.spawn == 0) return Outcome::not_wanted;
  const TimePoint now = steady_now();
  const Result<Birth> birth = spawning_.spawn_into(place);
  all_.journal.acted("spawn", 1, to_string(decision.reason),
                     explain(decision, seen, all_.current.settings->limits),
                     birth ? "1 spawned" : birth.error().text(), all_.picture.at(now), now);
  if (!birth) return Outcome::not_now;
  all_.journal.born(*birth, now);
  return Outcome::made;
}

void Replacing::replace_ended(std::uint32_t slot, Reason reason) {
  if (replace(slot, reason) != Outcome::not_now) return;
  pending_replacements_.push_back(slot);
  call_after(timer_, spawning_.retry_pause(steady_now()), [this] {
    if (all_.serves()) make_pending();
  });
}

void Replacing::make_pending() {
  for (const std::uint32_t slot : std::exchange(pending_replacements_, {}))
    if (!all_.pool[slot].occupied()) replace_ended(slot, Reason::replaced);
}

void Replacing::succeed_those_who_finish() {
  if (!all_.serves()) return;
  const TimePoint now = steady_now();
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) {
    if (!all_.pool.takes_long_to_finish(slot, now)) continue;
    all_.pool.begin_to_leave(slot, now);
    const auto place = all_.pool.free_slot();
    if (place && all_.pool[slot].wants_successor())
      all_.pool[slot].succeeded = replace(*place, Reason::succeeded) == Outcome::made;
  }
}

}  // namespace brood
