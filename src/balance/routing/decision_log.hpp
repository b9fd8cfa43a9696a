#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "balance/routing/choice.hpp"
#include "base/clock.hpp"

namespace brood {

/// Why a request went where it went, or nowhere; for the dump.
struct RoutingDecision {
  TimePoint at;
  Choice choice;
  std::uint32_t tried = 0;        ///< Servers that had failed this request before.
  std::string_view retry_reason;  ///< Static words, if it had failed somewhere before.
};

/// The last decisions of one thread.
class DecisionLog {
 public:
  void add(const RoutingDecision& decision) noexcept {
    ring_[count_ % ring_.size()] = decision;
    ++count_;
  }

  /// The oldest first.
  std::vector<RoutingDecision> last() const {
    const std::size_t kept = count_ < ring_.size() ? count_ : ring_.size();
    std::vector<RoutingDecision> decisions;
    for (std::size_t at = count_ - kept; at < count_; ++at)
      decisions.push_back(ring_[at % ring_.size()]);
    return decisions;
  }

 private:
  std::array<RoutingDecision, 16> ring_;
  std::size_t count_ = 0;
};

}  // namespace brood
