#include "lab/compare/summary.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "lab/compare/workload.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

std::optional<double> latency_ms(const Measurement& seen, double percent) {
  if (seen.load.answers() == 0) return std::nullopt;
  return static_cast<double>(seen.load.latency.percentile(percent)) / 1e6;
}

/// A part of what was measured, per good answer.
std::optional<double> per_answer(const Measurement& seen, double amount) {
  if (seen.load.answers() == 0) return std::nullopt;
  return amount / static_cast<double>(seen.load.answers());
}

using M = Measurement;

constexpr std::array<Figure, 14> figure_table{{
    // clang-format off
    {"throughput", "requests/s", 0,
     [](const M& m) -> std::optional<double> { return m.load.throughput(); }},
    {"p50_ms", "p50 ms", 2, [](const M& m) { return latency_ms(m, 50); }},
    {"p90_ms", "p90 ms", 2, [](const M& m) { return latency_ms(m, 90); }},
    {"p99_ms", "p99 ms", 2, [](const M& m) { return latency_ms(m, 99); }},
    {"p999_ms", "p99.9 ms", 2, [](const M& m) { return latency_ms(m, 99.9); }},
    {"max_ms", "max ms", 2, [](const M& m) { return latency_ms(m, 100); }},
    {"failed", "failed", 0,
     [](const M& m) -> std::optional<double> { return static_cast<double>(m.load.failed()); }},
    {"cpu_us", "CPU us/req", 1,
     [](const M& m) { return per_answer(m, static_cast<double>(m.cpu.count()) / 1e3); }},
    {"switches", "switches/req", 2,
     [](const M& m) {
       return m.switches ? per_answer(m, static_cast<double>(*m.switches)) : std::nullopt;
     }},
    {"memory_mib", "PSS MiB", 1,
     [](const M& m) -> std::optional<double> {
       return static_cast<double>(m.memory) / (1 << 20);
     }},
    {"processes", "processes", 0, [](const M& m) -> std::optional<double> { return m.processes; }},
    {"threads", "threads", 0, [](const M& m) -> std::optional<double> { return m.threads; }},
    {"first_service_ms", "all served ms", 0,
     [](const M& m) -> std::optional<double> {
       if (!m.first_service) return std::nullopt;
       return std::chrono::duration<double, std::milli>(*m.first_service).count();
     }},
    {"idle_held", "idle held", 0,
     [](const M& m) -> std::optional<double> { return m.load.idle_held; }},
    // clang-format on
}};

bool belong_together(const Entry& entry, std::string_view workload, std::uint32_t level) {
  return entry.workload == workload && entry.level == level;
}

}  // namespace

std::span<const Figure> figures() noexcept {
  return figure_table;
}

const Figure& figure_named(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(figure_table, name, &Figure::name);
  assert(found != figure_table.end());
  return *found;
}

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return Spread{median, values.front(), values.back(), values.size()};
}

bool is_tie(const Spread& a, const Spread& b) noexcept {
  const auto low = [](const Spread& s) { return s.rounds > 1 ? s.least : s.median * 0.9; };
  const auto high = [](const Spread& s) { return s.rounds > 1 ? s.greatest : s.median * 1.1; };
  return low(a) <= high(b) && low(b) <= high(a);
}

std::optional<Spread> Entry::spread(const Figure& wanted) const {
  std::vector<double> values;
  for (const Record* const record : rounds)
    if (const auto value = wanted.of(record->measurement)) values.push_back(*value);
  return spread_of(std::move(values));
}

std::optional<double> Entry::median(std::string_view figure_name) const {
  const auto all = spread(figure_named(figure_name));
  return all ? std::optional(all->median) : std::nullopt;
}

Histogram Entry::latency() const {
  Histogram all;
  for (const Record* const record : rounds) all.merge(record->measurement.load.latency);
  return all;
}

std::string_view Entry::trouble() const {
  for (const Record* const record : rounds)
    if (!record->measurement.trouble.empty()) return record->measurement.trouble;
  return {};
}

std::vector<Entry> entries_of(std::span<const Record> records) {
  std::vector<Entry> entries;
  for (const Record& record : records) {
    const auto same = std::ranges::find_if(entries, [&](const Entry& entry) {
      return belong_together(entry, record.workload, record.level) &&
             entry.contender == record.contender;
    });
    if (same != entries.end()) {
      same->rounds.push_back(&record);
      continue;
    }
    const auto last = std::find_if(entries.rbegin(), entries.rend(), [&](const Entry& entry) {
      return belong_together(entry, record.workload, record.level);
    });
    entries.insert(last == entries.rend() ? entries.end() : last.base(),
                   {record.workload, record.contender, record.level, {&record}});
  }
  return entries;
}

std::vector<const Figure*> telling_figures(std::span<const Entry> group) {
  std::vector<const Figure*> telling;
  for (const Figure& figure : figures()) {
    const auto tells = [&](const Entry& entry) { return entry.median(figure.name) > 0; };
    if (figure.name == "failed" || std::ranges::any_of(group, tells)) telling.push_back(&figure);
  }
  return telling;
}

std::size_t group_size(std::span<const Entry> entries) {
  const auto end = std::ranges::find_if_not(entries, [&](const Entry& entry) {
    return belong_together(entry, entries.front().workload, entries.front().level);
  });
  return static_cast<std::size_t>(end - entries.begin());
}

std::string standing(const Entry& entry, std::span<const Entry> entries) {
  const Workload* const workload = find_workload(entry.workload);
  if (workload == nullptr || workload->level == LevelKind::rate) return {};
  const Figure& throughput = figure_named("throughput");
  const auto own = entry.spread(throughput);
  const Entry* best = &entry;
  for (const Entry& other : entries)
    if (belong_together(other, entry.workload, entry.level) &&
        other.median("throughput") > best->median("throughput"))
      best = &other;
  const auto top = best->spread(throughput);
  if (!own || !top || top->median <= 0) return {};
  if (best == &entry) return "best";
  if (is_tie(*own, *top)) return "tie";
  return format_fixed((own->median / top->median - 1) * 100, 0) + '%';
}

}  // namespace brood
