#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lab/load/load_result.hpp"

namespace brood {

/// What was seen of one server under one load.
struct Measurement {
  LoadResult load;
  Duration cpu{0};  ///< Of all the server's processes, during the load.
  /// Context switches of all its threads, from the begin of the load to the server's end; none if
  /// it did not end in peace.
  std::optional<std::uint64_t> switches;
  std::uint64_t memory = 0;     ///< Proportional, in bytes, at its peak; so are these:
  std::uint32_t processes = 0;  ///< With its supervisor.
  std::uint32_t threads = 0;
  /// From the server's start until each client had an answer.
  std::optional<Duration> first_service;
  /// Processes and threads of a growing pool, by milliseconds from the begin of the load.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;
  std::string trouble;  ///< Why it was not measured, or stopped; empty: nothing.
};

}  // namespace brood
