#include "lab/compare/run.hpp"

#include <algorithm>

namespace brood {
namespace {

bool is_of(const Record& record, const Cell& cell, const CompareSettings& settings) {
  return record.workload == cell.workload->name && record.level == cell.level &&
         record.round == cell.round && record.contender == settings.contenders[cell.contender].name;
}

/// How much longer than planned it has taken so far; 1 while there is little to tell by.
class Pace {
 public:
  void add(Duration planned, Duration taken) {
    planned_ += planned;
    taken_ += taken;
  }
  Duration scaled(Duration planned) const {
    if (planned_ < std::chrono::seconds{1}) return planned;
    const double factor =
        static_cast<double>(taken_.count()) / static_cast<double>(planned_.count());
    return Duration{static_cast<std::int64_t>(static_cast<double>(planned.count()) * factor)};
  }

 private:
  Duration planned_{0};
  Duration taken_{0};
};

}  // namespace

bool run_cells(const CompareSettings& settings, const Laboratory& lab, const RunHooks& hooks,
               std::vector<Record>& done) {
  std::vector<Cell> cells = plan_cells(settings);
  const std::size_t total = cells.size();
  std::erase_if(cells, [&](const Cell& cell) {
    return std::ranges::any_of(done,
                               [&](const Record& record) { return is_of(record, cell, settings); });
  });
  Duration left{0};
  for (const Cell& cell : cells) left += expected_duration(cell, settings);
  Pace pace;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const Cell& cell = cells[at];
    hooks.on_progress({total - cells.size() + at, total, pace.scaled(left), &cell});
    const TimePoint begin = steady_now();
    Record record{.workload = std::string(cell.workload->name),
                  .contender = settings.contenders[cell.contender].name,
                  .level = cell.level,
                  .round = cell.round,
                  .measurement = measure(cell, settings, lab)};
    if (!lab.may_go_on()) return false;  // What was cut short is no measurement.
    if (!hooks.keep(record)) return false;
    record.measurement = {};
    done.push_back(std::move(record));
    const Duration planned = expected_duration(cell, settings);
    left -= planned;
    pace.add(planned, steady_now() - begin);
  }
  return true;
}

}  // namespace brood
