#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "wire/status.hpp"

namespace brood {

/// One worker of a pool.
struct WorkerStatus {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< Of the configuration that it was started with.
  int pid = 0;
  WorkerState state = WorkerState::init;
  Duration age{0};
  std::uint64_t connections = 0;       ///< Accepted, the open ones included.
  std::uint32_t open = 0;              ///< Of these, not yet done.
  std::uint64_t errors = 0;            ///< Answers with a status of 400 or above.
  std::uint64_t slot_connections = 0;  ///< With those of the slot's earlier workers.
  std::uint64_t slot_errors = 0;       ///< The same of errors.
};

/// How many workers are in which state.
struct StateCounts {
  std::uint32_t idle = 0;
  std::uint32_t busy = 0;
  std::uint32_t starting = 0;  ///< INIT.
  std::uint32_t exiting = 0;   ///< EXIT.

  std::uint32_t total() const noexcept { return idle + busy + starting + exiting; }
};

/// Of a model without a pool, whose one worker holds all connections.
struct SoleWorkerStatus {
  std::string_view model;   ///< A literal, as `--model` has it.
  std::string_view unit;    ///< A literal: what it has one of for each connection.
  std::uint32_t open = 0;   ///< Of that worker, and of one before it that finishes.
  std::uint32_t most = 0;   ///< At once, in any of them.
  std::uint32_t limit = 0;  ///< At once.
  std::uint64_t since_start = 0;
  std::uint32_t threads = 0;  ///< That take connections from a queue; 0: there is none.
};

struct ReporterStatus {
  int pid = 0;
  std::string listen;
  Duration age{0};
};

/// The reloads of a server's configuration.
struct ReloadStatus {
  std::uint32_t asked = 0;  ///< So far.
  bool is_under_way = false;
  bool has_failed = false;  ///< The last one: `outcome` says why.
  std::string outcome;      ///< Of the last one, as the log words it; empty: there was none.
};

/// `brood serve` at one moment, as its supervisor knows it.
struct PoolStatus {
  int pid = 0;                   ///< Of the supervisor.
  std::uint32_t generation = 0;  ///< Of the configuration in force.
  bool is_stopping = false;
  Duration uptime{0};
  Duration picture_age{0};       ///< Since the workers' pages were read.
  Duration picture_age_most{0};  ///< The oldest that the picture ever was.
  StateCounts states;
  std::uint32_t min_spare = 0;  ///< The options, or what they were scaled to since.
  std::uint32_t max_spare = 0;
  std::uint32_t max_workers = 0;
  std::vector<WorkerStatus> workers;  ///< By slot.
  std::uint64_t workers_ended = 0;
  std::uint64_t connections = 0;  ///< Accepted since the start, by ended workers too.
  std::uint64_t entries = 0;      ///< Requests answered since the start; probes are not counted.
  std::uint64_t errors = 0;       ///< Of those, with a status of 400 or above.
  std::uint64_t access_lines_lost = 0;  ///< Of the access log, since the start.
  std::optional<SoleWorkerStatus> sole_worker;
  std::optional<ReporterStatus> reporter;
  ReloadStatus reload;
};

}  // namespace brood
