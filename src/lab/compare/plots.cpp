#include "lab/compare/plots.hpp"

#include <algorithm>
#include <string>

#include "lab/compare/table_report.hpp"

namespace brood {
namespace {

/// A line for each server: its figure against the level.
std::vector<PlotSeries> series_by_level(std::span<const Entry> entries, std::string_view workload,
                                        std::string_view figure_name) {
  std::vector<PlotSeries> all;
  for (const Entry& entry : entries) {
    const auto value = entry.median(figure_name);
    if (entry.workload != workload || !value) continue;
    auto series = std::ranges::find(all, entry.contender, &PlotSeries::name);
    if (series == all.end())
      series = all.insert(all.end(), {.name = std::string(entry.contender), .points = {}});
    series->points.push_back({static_cast<double>(entry.level), *value});
  }
  for (PlotSeries& series : all) std::ranges::sort(series.points, {}, &PlotPoint::x);
  return all;
}

PlotSeries percentile_series(const Entry& entry) {
  const Histogram latency = entry.latency();
  PlotSeries series{.name = std::string(entry.contender), .points = {}};
  // As far as there are values to tell: of a thousand, not beyond 99.9 %.
  for (double rarity = 1; rarity <= static_cast<double>(latency.count()); rarity *= 1.15)
    series.points.push_back(
        {rarity, static_cast<double>(latency.percentile(100 - 100 / rarity)) / 1e6});
  return series;
}

}  // namespace

Plot percentile_plot(std::span<const Entry> entries) {
  Plot plot{.title = "Latency: " + title_of(entries.front()),
            .subtitles = {"of all rounds together, from when a request was meant to begin"},
            .x_label = "percentile",
            .y_label = "ms"};
  for (const Entry& entry : entries) plot.series.push_back(percentile_series(entry));
  plot.x_scale = plot.y_scale = PlotScale::logarithmic;
  plot.x_marks = {{1, "0"},       {2, "50"},         {10, "90"},         {100, "99"},
                  {1000, "99.9"}, {10'000, "99.99"}, {100'000, "99.999"}};
  plot.is_stepped = false;
  return plot;
}

Plot offered_plot(std::span<const Entry> entries) {
  return {.title = "Throughput against offered load",
          .subtitles = {"0.1 ms of arithmetic for each request, a connection for each"},
          .x_label = "requests offered a second",
          .y_label = "requests answered a second",
          .series = series_by_level(entries, "offered", "throughput"),
          .is_stepped = false};
}

Plot memory_plot(std::span<const Entry> entries) {
  return {.title = "Memory against connections",
          .subtitles = {"kept and idle; where there are no places for all, the rest waits"},
          .x_label = "connections",
          .y_label = "PSS MiB",
          .series = series_by_level(entries, "idle", "memory_mib"),
          .is_stepped = false};
}

Plot size_plot(std::span<const Entry> entries) {
  Plot plot{.title = "Size of the pool when a crowd comes",
            .subtitles = {"processes or threads of the whole server, whichever are more"},
            .x_label = "seconds",
            .y_label = "processes or threads"};
  for (const Entry& entry : entries) {
    if (entry.workload != "burst") continue;
    PlotSeries series{.name = std::string(entry.contender), .points = {}};
    for (const auto& [ms, size] : entry.rounds.front()->measurement.sizes)
      series.points.push_back({ms / 1000.0, static_cast<double>(size)});
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

}  // namespace brood
