#include "lab/sim/run_report.hpp"

#include <array>
#include <vector>

#include "report/csv.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

std::string seconds_text(Duration duration, int decimals) {
  return format_fixed(std::chrono::duration<double>(duration).count(), decimals);
}

std::vector<std::string> cells_of(const RunRow& row) {
  return {seconds_text(row.at - TimePoint{}, 0),
          std::to_string(row.arrivals),
          std::to_string(row.counts.waiting),
          std::to_string(row.counts.idle),
          std::to_string(row.counts.busy),
          std::to_string(row.counts.total()),
          std::to_string(row.spawned),
          std::to_string(row.drained),
          to_string(row.reason)};
}

std::string full_service_text(const RunSummary& summary) {
  if (summary.full_service) return seconds_text(*summary.full_service, 3);
  return summary.anybody_waited ? "never" : "0.000";
}

PlotSeries series_of(const RunRecord& record, std::string name, bool filled,
                     std::uint32_t (*value)(const PoolCounts&)) {
  PlotSeries series{.name = std::move(name), .points = {}, .filled = filled};
  for (const RunSample& sample : record.samples)
    series.points.push_back({std::chrono::duration<double>(sample.at - TimePoint{}).count(),
                             static_cast<double>(value(sample.counts))});
  return series;
}

}  // namespace

std::string rows_table(const RunRecord& record) {
  Table table({{"time"},
               {"arrivals"},
               {"waiting"},
               {"idle"},
               {"busy"},
               {"total"},
               {"spawned"},
               {"drained"},
               {"reason", Align::left}});
  for (const RunRow& row : record.rows) table.add_row(cells_of(row));
  return table.text();
}

std::string rows_csv(const RunRecord& record) {
  const std::array<std::string, 9> heading{"time_s", "arrivals", "waiting", "idle",  "busy",
                                           "total",  "spawned",  "drained", "reason"};
  std::string csv = csv_record(heading);
  for (const RunRow& row : record.rows) csv += csv_record(cells_of(row));
  return csv;
}

std::string summary_table(const RunSummary& summary) {
  Table table({{"figure", Align::left}, {"value"}, {"meaning", Align::left}});
  const auto add = [&](const char* name, std::string value, const char* meaning) {
    table.add_row({name, std::move(value), meaning});
  };
  add("arrivals", std::to_string(summary.arrivals), "requests");
  add("served", std::to_string(summary.served), "requests answered before the end");
  add("max total", std::to_string(summary.total_max), "workers at most");
  add("needed", std::to_string(summary.needed_max), "workers busy at most, had nobody had to wait");
  add("over-spawn", std::to_string(summary.over_spawn()), "workers, max total less needed");
  add("full service", full_service_text(summary), "s from the first wait to a second without one");
  add("wait p50", seconds_text(summary.wait_p50, 3), "s in the queue");
  add("wait p90", seconds_text(summary.wait_p90, 3), "s");
  add("wait p99", seconds_text(summary.wait_p99, 3), "s");
  add("wait max", seconds_text(summary.wait_max, 3), "s");
  add("worker-seconds", seconds_text(summary.worker_time, 3),
      "s, the lives of all workers added up");
  return table.text();
}

Plot run_plot(const RunRecord& record) {
  Plot plot{.title = {},
            .subtitles = {},
            .x_label = "time (s)",
            .y_label = "requests, workers",
            .series = {}};
  plot.series.push_back(series_of(record, "demand", true, [](const PoolCounts& counts) {
    return counts.waiting + counts.busy;
  }));
  plot.series.push_back(
      series_of(record, "idle", false, [](const PoolCounts& counts) { return counts.idle; }));
  plot.series.push_back(
      series_of(record, "busy", false, [](const PoolCounts& counts) { return counts.busy; }));
  plot.series.push_back(
      series_of(record, "total", false, [](const PoolCounts& counts) { return counts.total(); }));
  return plot;
}

}  // namespace brood
