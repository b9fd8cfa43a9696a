#pragma once
// Scenarios in which a server fails, and comes back.

#include "lab/sim/scenario_parts.hpp"

namespace brood::scenario {

Variants sinkhole(std::optional<Strategy> only);
Variants black_hole(std::optional<Strategy> only);
Variants recovery(std::optional<Strategy> only);
Variants restart(std::optional<Strategy> only);

}  // namespace brood::scenario
