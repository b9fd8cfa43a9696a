#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "cli/serve_options.hpp"
#include "lab/sim/trace.hpp"

namespace brood {

/// What `brood simulate` was asked to do, checked; the initialisers are the defaults. Each member
/// is the option of the same name, described in src/lab/commands/simulate_table.cpp.
struct SimulateOptions {
  /// The options that `brood serve` has as well, with its names, bounds and defaults: policy, the
  /// counts of the pool, max-requests and its jitter. The rest of it is not looked at.
  ServeOptions pool;

  TraceOptions trace;      ///< trace, rate, period, service-time; duration where not given.
  std::string trace_path;  ///< Of a file with arrivals; empty: `trace.shape`.
  std::optional<Duration> duration;  ///< Nothing: the default of the trace.
  Duration start_delay = std::chrono::milliseconds{2};
  Duration fork_cost = std::chrono::microseconds{500};
  std::optional<Duration> every;  ///< Whole seconds; nothing: so that there are 60 rows at most.
  std::uint32_t seed = 1;
  std::string svg;  ///< Empty: none.
  std::string csv;  ///< Empty: none.
};

/// What --trace was given: the name of a shape, or the path.
std::string trace_name(const SimulateOptions& options);

/// The options, bound to those that it is to set.
OptionTable simulate_table(SimulateOptions& options);

/// What to do, a mistake of the user, or the page of --help.
using SimulateParse = std::variant<SimulateOptions, OptionError, HelpText>;

/// Reads the arguments after `brood simulate`. --help wins over all. Opens no file.
SimulateParse parse_simulate_options(std::span<const std::string> args);

}  // namespace brood
