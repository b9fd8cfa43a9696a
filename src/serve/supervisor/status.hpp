#pragma once

#include "control/pool_status.hpp"
#include "serve/supervisor/supervision.hpp"

namespace brood {

/// The pool as its picture has it; whoever wants to know of this moment looks at the pages before.
PoolStatus status_of(const Supervision& all, TimePoint now);

}  // namespace brood
