#include "lab/sim/balance_report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lab/sim/balance_simulation.hpp"
#include "report/table.hpp"

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

/// Without the marks that Markdown has for names.
std::string plain(std::string_view text) {
  std::string result(text);
  std::erase(result, '`');
  return result;
}

/// Whether the first answers 99 % sooner; what fails more never does.
bool is_better(const BalanceResult& a, const BalanceResult& b) {
  const auto p99_of = [](const BalanceResult& result) {
    return result.quantile(990).value_or(Duration::max());
  };
  if (p99_of(a) != p99_of(b)) return p99_of(a) < p99_of(b);
  return a.mean_ns() < b.mean_ns();
}

/// A rule that could be chosen; a name in parentheses is what none can reach.
bool is_choice(const BalanceRow& row) {
  return !row.variant.name.starts_with('(');
}

/// Whether it is the best of several in its group.
bool is_best(const BalanceRow& row, const std::vector<BalanceRow>& rows) {
  const auto is_rival = [&](const BalanceRow& other) {
    return &other != &row && other.variant.group == row.variant.group && is_choice(other);
  };
  return is_choice(row) && std::ranges::any_of(rows, is_rival) &&
         std::ranges::none_of(rows, [&](const BalanceRow& other) {
           return is_rival(other) && is_better(other.result, row.result);
         });
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
  std::vector<Column> columns{{"strategy", Align::left}};
  for (const char* const name : quantile_names) columns.push_back({name});
  for (const char* const name : {"mean", "fail%", "retry"}) columns.push_back({name});
  if (!scenario.marked.empty()) columns.push_back({std::string(scenario.marked) + "%"});
  const bool pooled = has_pools(rows);
  if (pooled) columns.push_back({"workers"});
  for (const char* const name : {"out", "probe"}) columns.push_back({name});

  Table table(std::move(columns));
  const bool is_grouped = has_groups(rows);
  std::string group_before;
  for (const BalanceRow& row : rows) {
    const auto& [variant, result] = row;
    if (variant.group != group_before) table.add_heading(variant.group);
    group_before = variant.group;
    std::vector<std::string> cells{(is_grouped ? "  " : "") + variant.name +
                                   (is_best(row, rows) ? " *" : "")};
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
               .subtitles = wrapped(plain(scenario.about)),
               .x_label = "latency (ms)",
               .marks = {quantile_names.begin(), quantile_names.end()},
               .off_scale = "failed",
               .best_means = has_groups(rows) ? "the least p99 of its group" : "the least p99",
               .rows = {}};
  for (const BalanceRow& run : rows) {
    const auto& [variant, result] = run;
    DotRow row{
        .group = variant.group, .name = variant.name, .values = {}, .is_best = is_best(run, rows)};
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
         "mean is of the others. `retry` counts attempts beyond a request's first, `out` how "
         "often a balancer took a server out; `probe` are the probes a second of all balancers. "
         "The strategy with the least p99 has a `*`.\n";
}

std::string balance_section(const BalanceScenario& scenario, const std::vector<BalanceRow>& rows) {
  const std::string name(scenario.name);
  return "\n## " + name + ": " + std::string(scenario.title) + "\n\n" +
         std::string(scenario.about) + "\n\n```\n" + balance_table(scenario, rows) + "```\n\n![" +
         name + "](" + name + ".svg)\n";
}

}  // namespace brood
