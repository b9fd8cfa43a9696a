#pragma once

#include "control/control_outcome.hpp"
#include "serve/supervisor/supervisor.hpp"

namespace brood {

/// What the control socket of `brood serve` asks for, as calls of its supervisor.
class PoolControl {
 public:
  /// \param supervisor outlives this, its copies and what they return.
  explicit PoolControl(Supervisor& supervisor) noexcept : supervisor_(&supervisor) {}

  ControlOutcome operator()(const ControlCommand& command) const;

 private:
  ControlAnswer health() const;
  ControlAnswer stop(bool is_now) const;
  ControlAnswer reopen() const;
  ControlOutcome reload() const;
  ControlOutcome scale(std::uint32_t min, std::uint32_t max) const;

  Supervisor* supervisor_;
};

}  // namespace brood
