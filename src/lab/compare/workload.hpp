#pragma once
// compare: level 5. The same handler and the same load under every concurrency model. workload and
// contender are tables, plan puts them in an order; measurement starts a server, loads it and looks
// at what it uses; journal keeps each result on disk; summary and claims judge them; table_report,
// data_report and html_report show them. Only measurement, server_under_test and run touch the
// world.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lab/load/load_plan.hpp"

namespace brood {

/// What the handler does for each request, in this order.
struct Work {
  std::uint32_t arithmetic = 0;  ///< Steps of SplitMix, about a nanosecond each.
  ThinkTime sleep{};             ///< Blocks the thread, as reading from a disk or database does.
  std::size_t reply_size = 3;    ///< Bytes of the body.
};

/// Who takes part in a workload.
enum class Entrants : std::uint8_t {
  models,  ///< All that were chosen.
  bounds,  ///< Models with a bound that can be lifted, with and without it, and the first pool.
  pools,   ///< The first pool.
  peers,   ///< Other servers, in a language with a global interpreter lock.
};

/// What the number in a cell means.
enum class LevelKind : std::uint8_t { none, rate, idle_clients, slow_clients, clients, workers };

/// One kind of load on one kind of handler.
struct Workload {
  std::string_view name;
  std::string_view about;  ///< A sentence for people, without its full stop.
  Entrants entrants = Entrants::models;
  Work work{};
  LoadPlan::Loop loop = LoadPlan::Loop::closed;
  bool keep_alive = true;
  std::uint32_t clients = 0;  ///< 0: as many as the server has workers.
  LevelKind level = LevelKind::none;
  std::span<const std::uint32_t> quick_levels{};
  std::span<const std::uint32_t> full_levels{};
  bool is_repeated = true;  ///< In every round; otherwise in the first only.
  std::size_t ballast = 0;  ///< Bytes that the server has touched before it forks.
  bool is_growing = false;  ///< The pools begin small, and the pool's size is followed.
  std::uint32_t duration_factor = 1;
};

/// All of them, in the order of the report.
std::span<const Workload> workloads() noexcept;

/// The one with that name, or null.
const Workload* find_workload(std::string_view name) noexcept;

}  // namespace brood
