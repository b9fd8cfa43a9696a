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
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint now) noexcept : now_tick_(floor_tick(now)) {}

  /// From now on `id` has this deadline, or none (`never`).
  void set(std::uint32_t id, TimePoint deadline);
  void remove(std::uint32_t id) noexcept;

  /// Appends to `due` whose deadline has passed; they have none from then on.
  void expire(TimePoint now, std::vector<std::uint32_t>& due);

  /// When to ask again, at the latest; `never`: no need to.
  TimePoint next() const noexcept;

 private:
  static constexpr std::size_t bucket_count = 2048;
  static constexpr std::size_t words = bucket_count / 64;
  static constexpr int tick_bits = 20;  // 2^20 ns are 1.05 ms.
  static constexpr std::uint32_t nobody = ~0U;
  static constexpr std::int64_t unplaced = -1;

  struct Entry {
    TimePoint deadline;
    std::int64_t tick = unplaced;
    std::uint32_t before = nobody;
    std::uint32_t after = nobody;
  };

  static std::int64_t floor_tick(TimePoint at) noexcept { return at.ns >> tick_bits; }
  void place(std::uint32_t id, std::int64_t tick) noexcept;
  void unlink(std::uint32_t id) noexcept;
  void empty_bucket(std::size_t bucket, TimePoint now, std::vector<std::uint32_t>& due);
  std::int64_t tick_for(TimePoint deadline) const noexcept;
  std::uint32_t& first_of(std::int64_t tick) noexcept {
    return first_[static_cast<std::size_t>(tick) % bucket_count];
  }

  std::int64_t now_tick_;  ///< Up to here all have been looked at.
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(bucket_count, nobody);
  std::array<std::uint64_t, words> occupied_{};  ///< A bit a bucket.
};

}  // namespace brood
