#pragma once

#include <vector>

#include "control/pool_status.hpp"
#include "report/event.hpp"

namespace brood {

/// The answer to SIGINT: a line for the pool, one for each worker, and the sums, whose last words
/// say how to stop.
std::vector<LogEvent> dump_of(const PoolStatus& status);

}  // namespace brood
