#pragma once

#include <vector>

namespace brood {

/// The CPUs that this process may run on, ascending; empty if the kernel does not tell.
std::vector<int> allowed_cpus();

/// From now on this thread, and what it starts, runs on these CPUs only. \return false with errno.
bool run_on_cpus(const std::vector<int>& cpus) noexcept;

}  // namespace brood
