#pragma once

#include <span>
#include <string>

#include "lab/compare/summary.hpp"

namespace brood {

/// For a terminal: a table for each workload and level, medians with the spread of the throughput.
std::string tables_text(std::span<const Entry> entries);

/// "mixed, 200 requests/s": a workload with its level; "kept" where there is none.
std::string title_of(const Entry& entry);

/// What went wrong in an entry: its trouble, or its failures by kind, "timed-out 12, reset 3".
std::string failures_text(const Entry& entry);

/// A median, "-" where nothing was measured.
std::string cell_text(const Entry& entry, const Figure& figure);

/// "1000-1200" around a median of several rounds; empty of a single one.
std::string spread_text(const Entry& entry, const Figure& figure);

}  // namespace brood
