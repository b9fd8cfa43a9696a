#include "sim/balance_report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "report/table.hpp"
#include "sim/balance_simulation.hpp"

namespace brood {
namespace {

std::string milliseconds(double ns) {
  return format_fixed(ns / 1e6, 1);
}

std::string quantile_text(const BalanceResult& result, unsigned per_mille) {
  const auto value = result.quantile(per_mille);
  return value ? milliseconds(static_cast<double>(value->count())) : "failed";
}

/// Of a share; enough digits for one request in a hundred thousand.
std::string percent(double share, int decimals) {
  return format_fixed(share * 100, decimals);
}

constexpr std::array<unsigned, 4> per_milles{500, 900, 990, 999};
constexpr std::array<const char*, 4> quantile_names{"p50", "p90", "p99", "p99.9"};

bool has_pools(const std::vector<BalanceRow>& rows) {
  return std::ranges::any_of(
      rows, [](const auto& row) { return row.variant.model.servers.front().pool.has_value(); });
}

bool has_groups(const std::vector<BalanceRow>& rows) {
  return std::ranges::any_of(rows, [](const auto& row) { return !row.variant.group.empty(); });
}

/// In lines that a drawing has room for; what does not fit into two is left to the report.
std::vector<std::string> wrapped(std::string_view text) {
  constexpr std::size_t columns = 130;
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < 2) {
    const bool fits = text.size() <= columns;
    const std::size_t size = fits ? text.size() : text.rfind(' ', columns);
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  if (!text.empty()) lines.back() += " ...";
  return lines;
}

}  // namespace

std::vector<BalanceRow> run_scenario(const BalanceScenario& scenario, std::optional<Strategy> only,
                                     std::uint64_t seed) {
  std::vector<BalanceRow> rows;
  for (BalanceVariant& variant : scenario.variants(only)) {
    BalanceResult result = BalanceSimulation(variant.model, seed).run();
    rows.push_back({std::move(variant), std::move(result)});
  }
  return rows;
}

std::string balance_table(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows) {
  std::vector<Column> columns;
  const bool grouped = has_groups(rows);
  if (grouped) columns.push_back({"", Align::left});
  columns.push_back({"strategy", Align::left});
  for (const char* const name : quantile_names) columns.push_back({name});
  for (const char* const name : {"mean", "failed %", "retried"}) columns.push_back({name});
  if (!scenario.marked.empty()) columns.push_back({std::string(scenario.marked) + " %"});
  const bool pooled = has_pools(rows);
  if (pooled) columns.push_back({"workers"});
  for (const char* const name : {"out", "probes/s"}) columns.push_back({name});

  Table table(std::move(columns));
  std::string group_before;
  for (const auto& [variant, result] : rows) {
    std::vector<std::string> cells;
    if (grouped) cells.push_back(variant.group == group_before ? "" : variant.group);
    group_before = variant.group;
    cells.push_back(variant.name);
    for (const unsigned per_mille : per_milles) cells.push_back(quantile_text(result, per_mille));
    cells.push_back(milliseconds(result.mean_ns()));
    cells.push_back(percent(result.failed_share(), 3));
    cells.push_back(std::to_string(result.retried));
    if (!scenario.marked.empty())
      cells.push_back(percent(result.share_of_first(variant.model.marked_count), 1));
    if (pooled) cells.push_back(std::to_string(result.workers));
    cells.push_back(std::to_string(result.taken_out));
    cells.push_back(format_fixed(result.probes_per_second, 1));
    table.add_row(std::move(cells));
  }
  return table.text();
}

DotPlot balance_plot(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows) {
  DotPlot plot{.title = std::string(scenario.title),
               .subtitles = wrapped(scenario.about),
               .x_label = "latency (ms)",
               .marks = {quantile_names.begin(), quantile_names.end()},
               .off_scale = "failed",
               .rows = {}};
  for (const auto& [variant, result] : rows) {
    DotRow row{.group = variant.group, .name = variant.name, .values = {}};
    for (const unsigned per_mille : per_milles) {
      const auto value = result.quantile(per_mille);
      row.values.push_back(value ? std::optional(static_cast<double>(value->count()) / 1e6)
                                 : std::nullopt);
    }
    plot.rows.push_back(std::move(row));
  }
  return plot;
}

std::string balance_preface(std::uint64_t seed) {
  return "# Balancing, simulated\n\n"
         "Written by `brood simulate balance --report docs/simulated` (seed " +
         std::to_string(seed) +
         "); a test writes it anew and compares. What the figures say is told in "
         "[balancing.md](../balancing.md#simulated).\n\n"
         "Latencies are in milliseconds, from a request's arrival at the balancer to its answer. A "
         "request that failed took longer than any: a quantile that it falls into is `failed`; the "
         "mean is of the others. `retried` counts attempts beyond a request's first, `out` how "
         "often a balancer took a server out; `probes/s` are those of all balancers.\n";
}

std::string balance_section(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows) {
  const std::string name(scenario.name);
  return "\n## " + name + ": " + std::string(scenario.title) + "\n\n" +
         std::string(scenario.about) + "\n\n```\n" + balance_table(scenario, rows) + "```\n\n![" +
         name + "](" + name + ".svg)\n";
}

}  // namespace brood
