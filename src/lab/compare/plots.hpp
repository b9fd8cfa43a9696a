#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lab/compare/summary.hpp"
#include "lab/plots/svg_plot.hpp"

namespace brood {

/// Latency against percentile of the entries of one workload and level, all rounds together; the
/// further right, the rarer: 90 %, 99 %, 99.9 % are equally far apart.
Plot percentile_plot(std::span<const Entry> entries);

/// Requests answered against requests offered, of the workload `offered`.
Plot offered_plot(std::span<const Entry> entries);

/// Memory against connections that are kept and say nothing, of the workload `idle`.
Plot memory_plot(std::span<const Entry> entries);

/// Processes or threads against time, of the workload `burst`.
Plot size_plot(std::span<const Entry> entries);

}  // namespace brood
