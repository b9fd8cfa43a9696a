#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lab/compare/workload.hpp"

namespace brood {

/// How large a server is made for a workload.
struct Sizing {
  std::uint32_t workers = 1;        ///< Processes or threads that answer.
  std::uint32_t workers_first = 1;  ///< Of a pool, at the start; below `workers`: it grows.
  std::uint32_t places = 1;         ///< Connections at a time, where a model bounds them.
  std::uint16_t port = 0;           ///< To listen at.
};

/// A server that can be measured.
struct Contender {
  std::string name;
  std::vector<Entrants> groups;  ///< Those that it takes part in.
  /// What follows `brood serve`; of a program, all words of its command.
  std::function<std::vector<std::string>(const Sizing&)> words;
  bool is_program = false;  ///< Somebody else's, with a handler of its own.
};

}  // namespace brood
