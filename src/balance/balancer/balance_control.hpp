#pragma once

#include "balance/balancer/balancer.hpp"
#include "control/control_outcome.hpp"

namespace brood {

/// Carries out what is asked of a balancer through its control socket.
class BalanceControl {
 public:
  explicit BalanceControl(Balancer& balancer) noexcept : balancer_(&balancer) {}

  ControlOutcome operator()(const ControlCommand& command) const;

 private:
  Balancer* balancer_;
};

}  // namespace brood
