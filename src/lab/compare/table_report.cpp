#include "lab/compare/table_report.hpp"

#include <array>

#include "lab/compare/workload.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

std::string_view level_name(LevelKind level) {
  switch (level) {
    case LevelKind::rate: return " requests/s";
    case LevelKind::idle_clients: return " idle connections";
    case LevelKind::slow_clients: return " slow clients";
    case LevelKind::clients: return " clients";
    case LevelKind::workers: return " workers";
    case LevelKind::none: break;
  }
  return {};
}

const Figure& throughput() {
  return figure_named("throughput");
}

Table empty_table(std::span<const Figure* const> figures) {
  std::vector<Column> columns{{"server", Align::left}};
  for (const Figure* const figure : figures) {
    columns.push_back({std::string(figure->heading)});
    if (figure != &throughput()) continue;
    columns.push_back({"spread", Align::left});
    columns.push_back({"is", Align::left});
  }
  return Table(std::move(columns));
}

}  // namespace

std::string title_of(const Entry& entry) {
  std::string title{entry.workload};
  const Workload* const workload = find_workload(entry.workload);
  if (workload == nullptr || workload->level == LevelKind::none) return title;
  return title + ", " + std::to_string(entry.level) + std::string(level_name(workload->level));
}

std::string failures_text(const Entry& entry) {
  if (!entry.trouble().empty()) return std::string(entry.trouble());
  LoadFailures sums{};
  for (const Record* const record : entry.rounds)
    for (std::size_t kind = 0; kind < sums.size(); ++kind)
      sums[kind] += record->measurement.load.failures[kind];
  std::string text;
  for (std::size_t kind = 0; kind < sums.size(); ++kind) {
    if (sums[kind] == 0) continue;
    text += text.empty() ? "" : ", ";
    text.append(load_failure_names[kind]).append(" ").append(std::to_string(sums[kind]));
  }
  return text;
}

std::string cell_text(const Entry& entry, const Figure& figure) {
  const auto spread = entry.spread(figure);
  return spread ? format_fixed(spread->median, figure.decimals) : "-";
}

std::string spread_text(const Entry& entry, const Figure& figure) {
  const auto spread = entry.spread(figure);
  if (!spread || spread->rounds < 2) return {};
  return format_fixed(spread->least, figure.decimals) + '-' +
         format_fixed(spread->greatest, figure.decimals);
}

std::string tables_text(std::span<const Entry> entries) {
  std::string text;
  for (auto rest = entries; !rest.empty();) {
    const auto group = rest.first(group_size(rest));
    rest = rest.subspan(group.size());
    const Workload* const workload = find_workload(group.front().workload);
    std::string title = title_of(group.front());
    if (workload != nullptr) title.append(": ").append(workload->about);
    std::string failures;
    const auto figures = telling_figures(group);
    Table table = empty_table(figures);
    for (const Entry& entry : group) {
      std::vector<std::string> cells{std::string(entry.contender)};
      for (const Figure* const figure : figures) {
        cells.push_back(cell_text(entry, *figure));
        if (figure != &throughput()) continue;
        cells.push_back(spread_text(entry, *figure));
        cells.push_back(standing(entry, entries));
      }
      table.add_row(std::move(cells));
      if (const std::string failed = failures_text(entry); !failed.empty())
        failures +=
            folded(std::string(entry.contender) + ": " + failed, terminal_columns - 2, "  ") + '\n';
    }
    text += folded(title, terminal_columns - 2, "  ") + '\n' + table.text() + failures + '\n';
  }
  return text;
}

}  // namespace brood
