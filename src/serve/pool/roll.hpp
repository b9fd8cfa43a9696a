#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "serve/pool/pool.hpp"

namespace brood {

/// A roll: workers of all other generations are replaced by those of one, the newest first.
///
/// A newcomer is made for each that is to go, and must be IDLE before that one is told to leave: so
/// a roll takes no spare away. Where more workers are there than the new limits want, those beyond
/// go without one. Whoever only finishes what it has, or does not react, holds nobody up.
class Roll {
 public:
  /// \param generation whose workers are to serve in the end.
  explicit Roll(std::uint32_t generation) : generation_(generation) {}

  std::uint32_t generation() const noexcept { return generation_; }

  struct Step {
    enum class What : std::uint8_t {
      wait,   ///< Until a worker becomes IDLE or ends, or a second has passed.
      start,  ///< Makes a newcomer in `slot`; started() is owed for it.
      leave,  ///< Tells the worker in `slot` to leave.
      over,   ///< Nobody of another generation stays.
    };
    What what = What::wait;
    std::uint32_t slot = 0;
    friend bool operator==(const Step&, const Step&) = default;
  };
  /// What is to be done now; ask again when it is done, until there is nothing but to wait.
  Step next(const Pool& pool, const PoolLimits& limits, TimePoint now);

  /// A newcomer was made.
  void started(std::uint32_t slot) { starting_.push_back(slot); }

  /// Some newcomer has been IDLE: the generation is fit to serve.
  bool is_proven() const noexcept { return is_proven_; }
  /// Whether this end of a worker ends the roll: it is a newcomer that has failed to start.
  bool fails_by(const Slot& ended) const noexcept;

 private:
  void look_who_is_ready(const Pool& pool);

  std::uint32_t generation_;
  std::vector<std::uint32_t> starting_;  ///< Newcomers that are not IDLE yet.
  std::uint32_t credits_ = 0;            ///< So many may be told to leave.
  bool is_proven_ = false;
};

/// So many newcomers and leavers at once; \param total workers.
constexpr std::uint32_t roll_width(std::uint32_t total) noexcept {
  return total < 20 ? 1 : total / 10;
}

/// One that was told to leave and shows nothing of it is waited for so long, and no longer.
inline constexpr Duration leave_patience = std::chrono::seconds{1};

/// Places for processes that a pool needs, so that a roll has room also while it is full.
std::uint32_t slots_with_roll(const PoolLimits& limits) noexcept;

/// The generation whose workers are to be ended, if more old ones live than `most`; those who are
/// being killed count as dead.
/// \param now_in_force is no old one.
std::optional<std::uint32_t> outdated_generation(const Pool& pool, std::uint32_t now_in_force,
                                                 std::uint32_t most);

}  // namespace brood
