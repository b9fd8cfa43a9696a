#pragma once
// Scenarios whose figures were published by others; docs/balancing.md compares ours with theirs.

#include "lab/sim/scenario_parts.hpp"

namespace brood::scenario {

Variants slow_server(std::optional<Strategy> only);
Variants halves(std::optional<Strategy> only);
Variants antagonists(std::optional<Strategy> only);
Variants ramp(std::optional<Strategy> only);
Variants stale_load(std::optional<Strategy> only);

}  // namespace brood::scenario
