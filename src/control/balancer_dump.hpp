#pragma once

#include <vector>

#include "control/balancer_status.hpp"
#include "report/event.hpp"

namespace brood {

/// The answer to SIGINT: a line for the balancer, one for each server, one for each of the last
/// decisions; the last words say how to stop.
std::vector<LogEvent> dump_of(const BalancerStatus& status);

}  // namespace brood
