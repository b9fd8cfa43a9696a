#pragma once

#include <ostream>

#include "balance/routing/server.hpp"

namespace brood {

/// How Boost.Test shows a server: "3", "3 of generation 1", "none".
inline std::ostream& boost_test_print_type(std::ostream& out, ServerId id) {
  if (id == no_server) return out << "none";
  out << id.slot;
  return id.generation == 0 ? out : out << " of generation " << id.generation;
}

}  // namespace brood
