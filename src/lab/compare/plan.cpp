#include "lab/compare/plan.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

bool takes_part(const Contender& contender, const Workload& workload) {
  return std::ranges::find(contender.groups, workload.entrants) != contender.groups.end();
}

std::vector<std::uint32_t> levels_of(const Workload& workload, const CompareSettings& settings) {
  if (workload.level == LevelKind::rate && settings.rate > 0)
    return {static_cast<std::uint32_t>(settings.rate)};
  if (workload.level == LevelKind::idle_clients && settings.connections > 0)
    return {settings.connections};
  const auto levels = settings.is_quick ? workload.quick_levels : workload.full_levels;
  return {levels.begin(), levels.end()};
}

void append_cells(std::vector<Cell>& cells, const CompareSettings& settings,
                  const Workload& workload, std::uint32_t round) {
  std::vector<std::uint32_t> contenders;
  for (std::uint32_t n = 0; n < settings.contenders.size(); ++n)
    if (takes_part(settings.contenders[n], workload)) contenders.push_back(n);
  if (contenders.empty()) return;
  std::ranges::rotate(contenders, contenders.begin() + round % contenders.size());
  for (const std::uint32_t level : levels_of(workload, settings))
    for (const std::uint32_t contender : contenders)
      cells.push_back({&workload, contender, level, round});
}

}  // namespace

std::vector<Cell> plan_cells(const CompareSettings& settings) {
  std::vector<Cell> cells;
  for (std::uint32_t round = 0; round < settings.rounds; ++round)
    for (const Workload* const workload : settings.workloads)
      if (round == 0 || workload->is_repeated) append_cells(cells, settings, *workload, round);
  return cells;
}

Sizing sizing_of(const Cell& cell, const CompareSettings& settings) {
  const bool is_pool_size = cell.workload->level == LevelKind::workers;
  const bool holds_many = cell.workload->level == LevelKind::idle_clients ||
                          cell.workload->level == LevelKind::slow_clients;
  Sizing sizing;
  sizing.workers = is_pool_size ? cell.level : settings.workers;
  sizing.workers_first = cell.workload->is_growing ? 1 : sizing.workers;
  sizing.places = sizing.workers + (holds_many ? cell.level : 0);
  // A burst is there to see how far a model grows.
  if (cell.workload->is_growing) sizing.workers = sizing.places = cell.level;
  return sizing;
}

LoadPlan load_of(const Cell& cell, const CompareSettings& settings) {
  const Workload& workload = *cell.workload;
  LoadPlan plan;
  plan.loop = workload.loop;
  plan.keep_alive = workload.keep_alive;
  plan.clients = workload.clients > 0 ? workload.clients : sizing_of(cell, settings).workers;
  switch (workload.level) {
    case LevelKind::rate:
      plan.rate = cell.level;
      plan.clients = 512;  // At a time; who comes when all are busy is late, and counted so.
      break;
    case LevelKind::idle_clients: plan.idle_clients = cell.level; break;
    case LevelKind::slow_clients: plan.slow_clients = cell.level; break;
    case LevelKind::clients: plan.clients = cell.level; break;
    case LevelKind::none:
    case LevelKind::workers: break;
  }
  plan.duration = settings.duration * workload.duration_factor;
  plan.timeout = settings.timeout;
  plan.seed = settings.seed + cell.round;
  return plan;
}

Duration expected_duration(const Cell& cell, const CompareSettings& settings) {
  constexpr Duration around = 80ms;  // Start, stop, look.
  Duration expected = settings.duration * cell.workload->duration_factor + around;
  if (settings.contenders[cell.contender].is_program) expected += 500ms;  // An interpreter starts.
  if (cell.workload->level == LevelKind::idle_clients) expected += settings.timeout / 2;
  if (cell.workload->loop == LoadPlan::Loop::open) expected += settings.timeout / 4;
  return expected;
}

std::uint64_t descriptors_needed(const CompareSettings& settings) {
  constexpr std::uint64_t others = 128;  // Of the server and of compare itself.
  std::uint64_t most = 0;
  for (const Cell& cell : plan_cells(settings))
    most = std::max(most, descriptors_of(load_of(cell, settings)));
  return most + others;
}

std::string describe(const CompareSettings& settings) {
  std::string text = "brood " BROOD_VERSION;
  text += settings.is_quick ? " quick" : " full";
  text += " rounds=" + std::to_string(settings.rounds) +
          " workers=" + std::to_string(settings.workers) +
          " duration=" + format_duration(settings.duration) +
          " rate=" + std::to_string(static_cast<std::uint64_t>(settings.rate)) +
          " connections=" + std::to_string(settings.connections) + " policy=" + settings.policy +
          " seed=" + std::to_string(settings.seed) + " workloads=";
  for (const Workload* const workload : settings.workloads)
    text.append(workload == settings.workloads.front() ? "" : ",").append(workload->name);
  text += " servers=";
  for (const Contender& contender : settings.contenders)
    text.append(&contender == settings.contenders.data() ? "" : ",").append(contender.name);
  return text;
}

}  // namespace brood
