#pragma once

#include <string_view>

#include "serve/pool/limits.hpp"
#include "serve/pool/watchdog.hpp"

namespace brood {

/// Of a model without a pool, whose one worker holds all connections: its words for the dump.
struct SoleWorker {
  std::string_view model;     ///< Empty: there is a pool.
  std::string_view unit;      ///< What it has one of for each connection, such as "threads".
  std::uint32_t threads = 0;  ///< Where a fixed number takes connections from a queue; else 0.
};

/// By what a supervisor keeps its pool: the options of the same names. Part of a generation's
/// configuration, so it does not change; another generation has another one.
struct SupervisorSettings {
  PoolLimits limits;
  std::uint64_t max_requests = 0;         ///< Connections a worker serves; 0: no limit.
  std::uint64_t max_requests_jitter = 0;  ///< Up to so many more, drawn for each worker.
  Duration graceful_timeout = std::chrono::seconds{30};
  WatchdogLimits watchdog;
  std::uint64_t seed = 0;             ///< For the jitter.
  std::uint32_t max_generations = 2;  ///< Old ones that may live beside this one. >= 1.
  bool verbose = false;               ///< How much is logged; see Journal.
  SoleWorker sole_worker{};
  std::uint32_t generation = 1;  ///< Of the configuration; the one that it was started with is 1.
};

}  // namespace brood
