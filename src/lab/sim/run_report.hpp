#pragma once

#include <string>

#include "lab/plots/svg_plot.hpp"
#include "lab/sim/run_record.hpp"

namespace brood {

/// The rows as a table for a terminal.
std::string rows_table(const RunRecord& record);

/// The rows as CSV with a heading: time_s, arrivals, waiting, idle, busy, total, spawned, drained,
/// reason.
std::string rows_csv(const RunRecord& record);

/// What the run came to, a line for each figure, with what it means.
std::string summary_table(const RunSummary& summary);

/// Demand (requests waiting or in service), total, busy and idle over time. Untitled.
Plot run_plot(const RunRecord& record);

}  // namespace brood
