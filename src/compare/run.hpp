#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compare/journal.hpp"
#include "compare/measure.hpp"

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

/// Measures every planned cell that `records` do not have, and adds it to them.
/// \return whether all were measured: the laboratory's may_go_on() or keep() has said stop.
bool run_cells(const CompareSettings& settings, const Laboratory& lab, const RunHooks& hooks,
               std::vector<Record>& records);

}  // namespace brood
