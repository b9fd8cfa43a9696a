#include "net/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace brood {
namespace {

std::size_t bucket_of(std::int64_t tick, std::size_t bucket_count) noexcept {
  return static_cast<std::size_t>(tick) % bucket_count;
}

}  // namespace

/// In the near ring a deadline lies where its tick is over, in the far one where it begins: there
/// it is looked at, and laid into the near one. What is beyond the far ring lies at its end until
/// it has turned.
void TimerWheel::set(std::uint32_t id, TimePoint deadline) {
  if (id >= entries_.size()) entries_.resize(id + 1);
  Entry& entry = entries_[id];
  entry.deadline = deadline;
  if (deadline == never) return;  // Whoever looks where it lies leaves it out.
  const bool goes_far = is_far(deadline);
  const std::int64_t tick =
      goes_far ? std::clamp(far_.floor_tick(deadline), far_.now_tick + 1, far_.last_tick())
               : std::max(near_.ceil_tick(deadline), near_.now_tick + 1);
  const std::int64_t looked_at = tick << (goes_far ? far_bits : near_bits);
  if (entry.tick != unplaced && entry.tick << ring_of(entry).tick_bits <= looked_at) return;
  unlink(id);
  place(id, goes_far, tick);
}

void TimerWheel::set_roughly(std::uint32_t id, TimePoint deadline) {
  constexpr std::int64_t step = 1LL << far_bits;
  if (deadline.ns > never.ns - step || !is_far(deadline)) return set(id, deadline);
  set(id, {(deadline.ns + step - 1) & ~(step - 1)});
}

void TimerWheel::remove(std::uint32_t id) noexcept {
  if (id < entries_.size()) unlink(id);
}

void TimerWheel::place(std::uint32_t id, bool is_far, std::int64_t tick) noexcept {
  Entry& entry = entries_[id];
  entry.is_far = is_far;
  Ring& ring = ring_of(entry);
  const std::size_t bucket = bucket_of(tick, bucket_count);
  entry.tick = tick;
  entry.before = nobody;
  entry.after = std::exchange(ring.first[bucket], id);
  if (entry.after != nobody) entries_[entry.after].before = id;
  ring.occupied[bucket / 64] |= 1ULL << bucket % 64;
}

void TimerWheel::unlink(std::uint32_t id) noexcept {
  Entry& entry = entries_[id];
  if (entry.tick == unplaced) return;
  Ring& ring = ring_of(entry);
  const std::size_t bucket = bucket_of(entry.tick, bucket_count);
  if (entry.before == nobody)
    ring.first[bucket] = entry.after;
  else
    entries_[entry.before].after = entry.after;
  if (entry.after != nobody) entries_[entry.after].before = entry.before;
  if (ring.first[bucket] == nobody) ring.occupied[bucket / 64] &= ~(1ULL << bucket % 64);
  entry.tick = unplaced;
}

void TimerWheel::expire(TimePoint now, std::vector<std::uint32_t>& due) {
  // Both know the time before anything is laid into either.
  const auto advance = [now](Ring& ring) {
    return std::exchange(ring.now_tick, std::max(ring.now_tick, ring.floor_tick(now)));
  };
  const std::int64_t near_from = advance(near_);
  const std::int64_t far_from = advance(far_);
  turn(far_, far_from, now, due);
  turn(near_, near_from, now, due);
}

void TimerWheel::turn(Ring& ring, std::int64_t from, TimePoint now,
                      std::vector<std::uint32_t>& due) {
  const std::int64_t last_lap = ring.now_tick - static_cast<std::int64_t>(bucket_count);
  for (std::int64_t tick = std::max(from, last_lap) + 1; tick <= ring.now_tick; ++tick) {
    const std::size_t bucket = bucket_of(tick, bucket_count);
    if (ring.first[bucket] != nobody) empty_bucket(ring, bucket, now, due);
  }
}

void TimerWheel::empty_bucket(Ring& ring, std::size_t bucket, TimePoint now,
                              std::vector<std::uint32_t>& due) {
  std::uint32_t id = ring.first[bucket];
  while (id != nobody) {
    Entry& entry = entries_[id];
    const std::uint32_t after = entry.after;
    unlink(id);
    if (entry.deadline <= now)
      due.push_back(id);
    else
      set(id, entry.deadline);
    id = after;
  }
}

TimePoint TimerWheel::next() const noexcept {
  return std::min(near_.next(), far_.next());
}

TimePoint TimerWheel::Ring::next() const noexcept {
  const std::size_t begin = bucket_of(now_tick + 1, bucket_count);
  for (std::size_t step = 0; step <= words; ++step) {
    const std::size_t at = (begin / 64 + step) % words;
    std::uint64_t word = occupied[at];
    // The first word counts from the beginning on, and what lies before it comes last.
    if (step == 0) word &= ~0ULL << begin % 64;
    if (step == words) word &= ~(~0ULL << begin % 64);
    if (word == 0) continue;
    const std::size_t bucket = at * 64 + static_cast<std::size_t>(std::countr_zero(word));
    const std::size_t ahead = (bucket + bucket_count - begin) % bucket_count;
    return {(now_tick + 1 + static_cast<std::int64_t>(ahead)) << tick_bits};
  }
  return never;
}

}  // namespace brood
