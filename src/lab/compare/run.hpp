#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/compare/journal.hpp"
#include "lab/compare/measure.hpp"

namespace brood {

/// Where a run stands, before each of its cells.
struct RunProgress {
  std::size_t done = 0;
  std::size_t total = 0;
  Duration left{0};  ///< Estimated: as planned, by how far off the plan has been so far.
  const Cell* cell = nullptr;
};

/// What a run needs besides its settings.
struct RunHooks {
  std::function<void(const RunProgress&)> on_progress;
  /// Each record, as soon as there is one. \return false: it could not be kept, stop.
  std::function<bool(const Record&)> keep;
};

/// Measures every planned cell that is not among those done, and adds it to them, without what was
/// seen: that is kept by whoever keeps it, for what this process holds each server inherits.
/// \return whether all were measured: the laboratory's may_go_on() or keep() has said stop.
bool run_cells(const CompareSettings& settings, const Laboratory& lab, const RunHooks& hooks,
               std::vector<Record>& done);

}  // namespace brood
