#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// Deadlines of many things, each known by a small number. Most are put off again and again and
/// never come true, so putting one off only writes it down: it is looked at where it lay before,
/// and laid where it belongs then. Late by a tick (about a millisecond) at most. Pure: it is told
/// the time.
///
/// Two rings of buckets: one of a millisecond each for the next two seconds, one of a quarter of a
/// second each for what is farther, from which it comes to the first one in its time.
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint now) noexcept : near_(near_bits, now), far_(far_bits, now) {}

  /// From now on `id` has this deadline, or none (`never`).
  void set(std::uint32_t id, TimePoint deadline);
  /// For a time-out: one that is farther than two seconds ahead may be late by a quarter of a
  /// second, an eighth of its time (as in Linux's own wheel, kernel/time/timer.c). So they come
  /// true in flocks, and however many there are, they cause four wake-ups a second at most.
  void set_roughly(std::uint32_t id, TimePoint deadline);
  void remove(std::uint32_t id) noexcept;

  /// Appends to `due` whose deadline has passed; they have none from then on.
  void expire(TimePoint now, std::vector<std::uint32_t>& due);

  /// When to ask again, at the latest; `never`: no need to.
  TimePoint next() const noexcept;

 private:
  static constexpr std::size_t bucket_count = 2048;
  static constexpr std::size_t words = bucket_count / 64;
  static constexpr int near_bits = 20;  // 2^20 ns are 1.05 ms; the ring is 2.1 s long.
  static constexpr int far_bits = 28;   // 2^28 ns are 0.27 s; the ring is nine minutes long.
  static constexpr std::uint32_t nobody = ~0U;
  static constexpr std::int64_t unplaced = -1;

  struct Ring {
    Ring(int bits, TimePoint now) noexcept : tick_bits(bits), now_tick(floor_tick(now)) {}

    std::int64_t floor_tick(TimePoint at) const noexcept { return at.ns >> tick_bits; }
    std::int64_t ceil_tick(TimePoint at) const noexcept {
      return (at.ns + (std::int64_t{1} << tick_bits) - 1) >> tick_bits;
    }
    std::int64_t last_tick() const noexcept {
      return now_tick + static_cast<std::int64_t>(bucket_count) - 1;
    }
    TimePoint next() const noexcept;

    int tick_bits;
    std::int64_t now_tick;  ///< Up to here all have been looked at.
    std::vector<std::uint32_t> first = std::vector<std::uint32_t>(bucket_count, nobody);
    std::array<std::uint64_t, words> occupied{};  ///< A bit a bucket.
  };

  struct Entry {
    TimePoint deadline;
    std::int64_t tick = unplaced;
    std::uint32_t before = nobody;
    std::uint32_t after = nobody;
    bool is_far = false;
  };

  Ring& ring_of(const Entry& entry) noexcept { return entry.is_far ? far_ : near_; }
  bool is_far(TimePoint deadline) const noexcept {
    return near_.floor_tick(deadline) >= near_.last_tick();
  }
  void place(std::uint32_t id, bool is_far, std::int64_t tick) noexcept;
  void unlink(std::uint32_t id) noexcept;
  void turn(Ring& ring, std::int64_t from, TimePoint now, std::vector<std::uint32_t>& due);
  void empty_bucket(Ring& ring, std::size_t bucket, TimePoint now, std::vector<std::uint32_t>& due);

  Ring near_;
  Ring far_;
  std::vector<Entry> entries_;
};

}  // namespace brood
