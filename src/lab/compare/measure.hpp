#pragma once

#include <brood/handler.hpp>
#include <functional>
#include <string>
#include <vector>

#include "lab/compare/measurement.hpp"
#include "lab/compare/plan.hpp"

namespace brood {

/// `brood serve` with a handler of one's own: arguments in, exit status out. Handed down from the
/// command line, whose words these are; runs in a child process.
using ServeCommand =
    std::function<int(const std::vector<std::string>& words, const HandlerFactory&)>;

/// Where measurements take place.
struct Laboratory {
  ServeCommand serve;
  Endpoint listen;                  ///< Of every server, one after the other; never port 0.
  std::string log_path;             ///< Of the server that runs.
  std::vector<int> all_cpus;        ///< Of this machine, as far as they are ours.
  std::vector<int> server_cpus;     ///< Of a server: those without the load, if there are any.
  std::function<bool()> may_go_on;  ///< Asked every 100 ms; false: stop, as soon as possible.
};

/// Starts the cell's server, loads it, looks at it and stops it. One thread; what it started has
/// ended when it returns. Whatever goes wrong is in the measurement's `trouble`.
Measurement measure(const Cell& cell, const CompareSettings& settings, const Laboratory& lab);

}  // namespace brood
