#include "lab/compare/workload.hpp"

#include <algorithm>

namespace brood {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t no_level[]{0};
constexpr std::uint32_t mixed_rates[]{200};
constexpr std::uint32_t quick_rates[]{1000, 4000}, rates[]{250, 500, 1000, 2000, 4000, 8000, 12000};
constexpr std::uint32_t quick_idle[]{100}, idle[]{100, 500, 2000};
constexpr std::uint32_t slow_clients[]{32};
constexpr std::uint32_t quick_crowd[]{200}, crowd[]{200, 1000};
constexpr std::uint32_t pool_sizes[]{2, 10};
constexpr std::uint32_t quick_burst[]{40}, burst[]{64};

constexpr auto open_loop = LoadPlan::Loop::open;
constexpr auto bimodal = ThinkTime::Shape::bimodal;

constexpr Workload workload_table[]{
    {.name = "kept",
     .about = "a small answer, connections are kept",
     .quick_levels = no_level,
     .full_levels = no_level},
    {.name = "close",
     .about = "a small answer, a connection for each request",
     .keep_alive = false,
     .quick_levels = no_level,
     .full_levels = no_level},
    {.name = "cpu",
     .about = "0.2 ms of arithmetic for each request",
     .work = {.arithmetic = 200'000},
     .quick_levels = no_level,
     .full_levels = no_level},
    {.name = "sleep",
     .about = "the handler blocks for 10 ms, as on a database",
     .work = {.sleep = {.usual = 10ms}},
     .quick_levels = no_level,
     .full_levels = no_level},
    {.name = "mixed",
     .about = "one request in ten blocks for 20 ms; 200 a second arrive at random",
     .work = {.arithmetic = 20'000, .sleep = {bimodal, 0ms, 20ms, 0.1}},
     .loop = open_loop,
     .keep_alive = false,
     .level = LevelKind::rate,
     .quick_levels = mixed_rates,
     .full_levels = mixed_rates},
    {.name = "large",
     .about = "an answer of 1 MiB",
     .work = {.reply_size = 1 << 20},
     .quick_levels = no_level,
     .full_levels = no_level},
    {.name = "slow",
     .about = "clients that send four bytes and wait 50 ms, beside four quick ones",
     .keep_alive = false,
     .clients = 4,
     .level = LevelKind::slow_clients,
     .quick_levels = slow_clients,
     .full_levels = slow_clients},
    {.name = "idle",
     .about = "connections that are kept and say nothing, beside four quick clients",
     .keep_alive = false,
     .clients = 4,
     .level = LevelKind::idle_clients,
     .quick_levels = quick_idle,
     .full_levels = idle,
     .is_repeated = false},
    {.name = "offered",
     .about = "0.1 ms of arithmetic for each request; requests arrive at random",
     .work = {.arithmetic = 100'000},
     .loop = open_loop,
     .keep_alive = false,
     .level = LevelKind::rate,
     .quick_levels = quick_rates,
     .full_levels = rates,
     .is_repeated = false},
    {.name = "crowd",
     .about = "clients that all come at once, and a handler that blocks for 50 ms",
     .entrants = Entrants::bounds,
     .work = {.sleep = {.usual = 50ms}},
     .keep_alive = false,
     .level = LevelKind::clients,
     .quick_levels = quick_crowd,
     .full_levels = crowd,
     .is_repeated = false,
     .duration_factor = 2},
    {.name = "ballast",
     .about = "a parent with 64 MiB of its own forks its workers",
     .entrants = Entrants::pools,
     .level = LevelKind::workers,
     .quick_levels = pool_sizes,
     .full_levels = pool_sizes,
     .is_repeated = false,
     .ballast = 64UL << 20},
    {.name = "burst",
     .about = "a crowd meets pools that begin small; the handler blocks for 50 ms",
     .work = {.sleep = {.usual = 50ms}},
     .keep_alive = false,
     .level = LevelKind::clients,
     .quick_levels = quick_burst,
     .full_levels = burst,
     .is_repeated = false,
     .is_growing = true,
     .duration_factor = 4},
    {.name = "interpreter",
     .about = "arithmetic in Python, which has a global lock",
     .entrants = Entrants::peers,
     .keep_alive = false,
     .clients = 4,
     .quick_levels = no_level,
     .full_levels = no_level,
     .duration_factor = 2},
};

}  // namespace

std::span<const Workload> workloads() noexcept {
  return workload_table;
}

const Workload* find_workload(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(workload_table, name, &Workload::name);
  return found == std::end(workload_table) ? nullptr : found;
}

}  // namespace brood
