#include "base/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace brood {

/// A deadline beyond the last bucket lies there until the wheel has turned.
std::int64_t TimerWheel::tick_for(TimePoint deadline) const noexcept {
  const std::int64_t wanted = floor_tick(deadline) + 1;
  return std::clamp<std::int64_t>(wanted, now_tick_ + 1,
                                  now_tick_ + static_cast<std::int64_t>(bucket_count) - 1);
}

void TimerWheel::set(std::uint32_t id, TimePoint deadline) {
  if (id >= entries_.size()) entries_.resize(id + 1);
  Entry& entry = entries_[id];
  entry.deadline = deadline;
  if (deadline == never) return;  // Whoever looks where it lies leaves it out.
  const std::int64_t tick = tick_for(deadline);
  if (entry.tick != unplaced && entry.tick <= tick) return;
  unlink(id);
  place(id, tick);
}

void TimerWheel::remove(std::uint32_t id) noexcept {
  if (id < entries_.size()) unlink(id);
}

void TimerWheel::place(std::uint32_t id, std::int64_t tick) noexcept {
  Entry& entry = entries_[id];
  std::uint32_t& first = first_of(tick);
  entry.tick = tick;
  entry.before = nobody;
  entry.after = first;
  if (first != nobody) entries_[first].before = id;
  first = id;
  const std::size_t bucket = static_cast<std::size_t>(tick) % bucket_count;
  occupied_[bucket / 64] |= 1ULL << bucket % 64;
}

void TimerWheel::unlink(std::uint32_t id) noexcept {
  Entry& entry = entries_[id];
  if (entry.tick == unplaced) return;
  const std::size_t bucket = static_cast<std::size_t>(entry.tick) % bucket_count;
  if (entry.before == nobody)
    first_[bucket] = entry.after;
  else
    entries_[entry.before].after = entry.after;
  if (entry.after != nobody) entries_[entry.after].before = entry.before;
  if (first_[bucket] == nobody) occupied_[bucket / 64] &= ~(1ULL << bucket % 64);
  entry.tick = unplaced;
}

void TimerWheel::expire(TimePoint now, std::vector<std::uint32_t>& due) {
  const std::int64_t until = floor_tick(now);
  const std::int64_t last_lap = until - static_cast<std::int64_t>(bucket_count);
  std::int64_t tick = std::max(now_tick_, last_lap);
  now_tick_ = std::max(now_tick_, until);
  for (++tick; tick <= until; ++tick) {
    const std::size_t bucket = static_cast<std::size_t>(tick) % bucket_count;
    if ((occupied_[bucket / 64] >> bucket % 64 & 1) != 0) empty_bucket(bucket, now, due);
  }
}

void TimerWheel::empty_bucket(std::size_t bucket, TimePoint now, std::vector<std::uint32_t>& due) {
  std::uint32_t id = first_[bucket];
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
  const std::size_t begin = static_cast<std::size_t>(now_tick_ + 1) % bucket_count;
  for (std::size_t step = 0; step <= words; ++step) {
    const std::size_t at = (begin / 64 + step) % words;
    std::uint64_t word = occupied_[at];
    // The first word counts from the beginning on, and what lies before it comes last.
    if (step == 0) word &= ~0ULL << begin % 64;
    if (step == words) word &= ~(~0ULL << begin % 64);
    if (word == 0) continue;
    const std::size_t bucket = at * 64 + static_cast<std::size_t>(std::countr_zero(word));
    const std::size_t ahead = (bucket + bucket_count - begin) % bucket_count;
    return {(now_tick_ + 1 + static_cast<std::int64_t>(ahead)) << tick_bits};
  }
  return never;
}

}  // namespace brood
