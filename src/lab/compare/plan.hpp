#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/compare/contender.hpp"

namespace brood {

/// What is to be compared, and for how long.
struct CompareSettings {
  std::vector<const Workload*> workloads;
  std::vector<Contender> contenders;
  bool is_quick = false;
  std::uint32_t rounds = 5;
  std::uint32_t workers = 16;
  Duration duration = std::chrono::seconds{2};  ///< Of one measurement.
  Duration timeout = std::chrono::seconds{1};   ///< Of one request.
  double rate = 0;                ///< In the place of the levels of `mixed` and `offered`; 0: not.
  std::uint32_t connections = 0;  ///< In the place of the levels of `idle`; 0: not.
  std::string policy = "exponential";  ///< Of pools that grow.
  std::uint32_t seed = 1;
};

/// One measurement: a server, a load, a round.
struct Cell {
  const Workload* workload = nullptr;
  std::uint32_t contender = 0;  ///< In CompareSettings::contenders.
  std::uint32_t level = 0;      ///< What it counts, the workload tells; 0: nothing.
  std::uint32_t round = 0;      ///< From 0.
};

/// All cells in the order in which they are to be measured: a round goes over all workloads, and
/// each workload over its contenders, every round beginning with another one; so a slow minute of
/// the machine spoils a bit of each and not all of one.
std::vector<Cell> plan_cells(const CompareSettings& settings);

/// The load of a cell, and the size of its server; target and port are for the caller to fill in.
LoadPlan load_of(const Cell& cell, const CompareSettings& settings);
Sizing sizing_of(const Cell& cell, const CompareSettings& settings);

/// How long a cell takes: its load, and what it takes to start, stop and look.
Duration expected_duration(const Cell& cell, const CompareSettings& settings);

/// Descriptors of the largest cell, for the clients and for a server that holds all of them.
std::uint64_t descriptors_needed(const CompareSettings& settings);

/// All that decides over the results, on one line: a run can be gone on with if it is the same.
std::string describe(const CompareSettings& settings);

}  // namespace brood
