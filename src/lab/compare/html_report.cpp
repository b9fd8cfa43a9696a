#include "lab/compare/html_report.hpp"

#include <algorithm>

#include "lab/compare/advice.hpp"
#include "lab/compare/plots.hpp"
#include "lab/compare/table_report.hpp"
#include "lab/compare/workload.hpp"
#include "lab/plots/html.hpp"
#include "lab/plots/svg_parts.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

using Rows = std::vector<std::vector<std::string>>;

const std::vector<Column> claim_columns{{"model", Align::left},
                                        {"claim", Align::left},
                                        {"verdict", Align::left},
                                        {"seen", Align::left},
                                        {"experiment", Align::left}};

Rows claim_rows(std::span<const Claim> claims) {
  Rows rows;
  for (const Claim& claim : claims)
    rows.push_back(
        {std::string(claim.model), std::string(claim.text),
         std::string(to_string(claim.verdict)) + (claim.reason.empty() ? "" : ": " + claim.reason),
         claim.figures, std::string(claim.experiment)});
  return rows;
}

/// Columns of which no row has anything say nothing.
void drop_empty_columns(std::vector<Column>& columns, Rows& rows) {
  for (std::size_t at = columns.size(); at-- > 0;) {
    if (std::ranges::any_of(rows, [at](const auto& row) { return !row[at].empty(); })) continue;
    const auto offset = static_cast<std::ptrdiff_t>(at);
    columns.erase(columns.begin() + offset);
    for (auto& row : rows) row.erase(row.begin() + offset);
  }
}

std::string heading(std::string_view text) {
  return "<h2>" + escape_xml(std::string(text)) + "</h2>\n";
}

std::string paragraph(std::string_view text) {
  return "<p>" + escape_xml(std::string(text)) + "</p>\n";
}

std::string figure_of(const Plot& plot) {
  return plot.series.empty() ? "" : html_figure(to_svg(plot));
}

/// A figure, with the least and the greatest of the rounds where that tells more.
std::string cell_with_spread(const Entry& entry, const Figure& figure) {
  const bool is_spread_shown = figure.name == "throughput" || figure.name == "p99_ms";
  const std::string spread = is_spread_shown ? spread_text(entry, figure) : "";
  return cell_text(entry, figure) + (spread.empty() ? "" : " (" + spread + ')');
}

std::string group_table(std::span<const Entry> group, std::span<const Entry> entries) {
  std::vector<Column> columns{{"server", Align::left}, {"throughput"}};
  const auto figures = telling_figures(group);
  for (const Figure* const figure : figures) columns.push_back({std::string(figure->heading)});
  columns.push_back({"failures", Align::left});
  Rows rows;
  for (const Entry& entry : group) {
    std::vector<std::string> cells{std::string(entry.contender), standing(entry, entries)};
    for (const Figure* const figure : figures) cells.push_back(cell_with_spread(entry, *figure));
    cells.push_back(failures_text(entry));
    rows.push_back(std::move(cells));
  }
  drop_empty_columns(columns, rows);
  return html_table(columns, rows);
}

std::string group_section(std::span<const Entry> group, std::span<const Entry> entries) {
  const Workload* const workload = find_workload(group.front().workload);
  std::string html = heading(title_of(group.front()));
  if (workload != nullptr) html += paragraph(std::string(workload->about) + '.');
  return html + group_table(group, entries) + figure_of(percentile_plot(group));
}

}  // namespace

std::string html_report(const std::string& run, const std::string& machine,
                        std::span<const Entry> entries, std::span<const Claim> claims) {
  std::string body = paragraph(run) + paragraph(machine) +
                     paragraph(
                         "Figures are medians of the rounds. A difference in throughput "
                         "within the rounds' spread is called a tie; of a single round, "
                         "within a tenth. In parentheses: least and greatest of the rounds. Read "
                         "ratios: another machine has other figures.");
  if (const auto advice = advice_of(entries); !advice.empty())
    body += heading("Which model for which load") + html_list(advice);
  body += heading("What is said of the models, and what was seen");
  body += html_table(claim_columns, claim_rows(claims));
  for (const Plot& plot : {offered_plot(entries), memory_plot(entries), size_plot(entries)})
    body += figure_of(plot);
  for (auto rest = entries; !rest.empty();) {
    const auto group = rest.first(group_size(rest));
    body += group_section(group, entries);
    rest = rest.subspan(group.size());
  }
  return html_page("Concurrency models, compared", body);
}

std::string claims_text(std::span<const Claim> claims) {
  std::string text = "what is said of the models, and what was seen\n";
  for (const Claim& claim : claims) {
    std::string seen{to_string(claim.verdict)};
    if (!claim.reason.empty()) seen.append(" (").append(claim.reason).append(")");
    seen.append(": ").append(claim.experiment);
    if (!claim.figures.empty()) seen.append(": ").append(claim.figures);
    const std::string said = std::string(claim.model) + ": " + std::string(claim.text);
    text += "  " + folded(said, terminal_columns - 4, "    ") + '\n' + "    " +
            folded(seen, terminal_columns - 6, "      ") + '\n';
  }
  return text;
}

}  // namespace brood
