#pragma once
// Scenarios of pre-fork servers behind one or several balancers.

#include "lab/sim/scenario_parts.hpp"

namespace brood::scenario {

Variants equal(std::optional<Strategy> only);
Variants tail(std::optional<Strategy> only);
Variants many_balancers(std::optional<Strategy> only);
Variants kept_connections(std::optional<Strategy> only);
Variants probe_budget(std::optional<Strategy> only);
Variants saturated(std::optional<Strategy> only);
Variants growing_pool(std::optional<Strategy> only);

}  // namespace brood::scenario
