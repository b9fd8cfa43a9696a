#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace brood {

/// The permits of one server, handed out to several threads in the order in which they ask: however
/// busy one of them is, the others have their turn. Told of each thing, asks for nothing.
///
/// Who asks in vain waits; the first of those who wait are entitled to the permits that are free,
/// and nobody else may take these. Whoever becomes entitled is to be woken, and takes or declines.
class PermitQueue {
 public:
  using Thread = std::uint32_t;

  explicit PermitQueue(std::uint32_t max) noexcept : max_(max) {}

  bool may_take(Thread thread) const noexcept;
  /// \return false: it has to wait.
  bool take(Thread thread);
  /// It waits from now on, if it did not already.
  void want(Thread thread);
  /// \return who is to be woken.
  std::optional<Thread> give_back() noexcept;
  /// It was woken, and has no use for the permit, if it still has a claim to one.
  /// \return who is to be woken instead.
  std::optional<Thread> decline(Thread thread);
  /// \return who is to be woken; to be called again until nobody is.
  std::optional<Thread> set_max(std::uint32_t max) noexcept;

 private:
  std::uint32_t free() const noexcept { return taken_ < max_ ? max_ - taken_ : 0; }
  std::size_t position_of(Thread thread) const noexcept;
  std::optional<Thread> at(std::size_t position) const noexcept;

  std::uint32_t max_;
  std::uint32_t taken_ = 0;
  std::deque<Thread> waiting_;  ///< Each once, the first to ask first.
};

}  // namespace brood
