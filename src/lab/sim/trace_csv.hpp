#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lab/sim/trace.hpp"

namespace brood {

/// What is wrong with a trace, and where.
struct TraceError {
  unsigned line = 0;  ///< From 1.
  std::string text;
};

/// Reads arrivals, one a line: the seconds since the beginning, and after a comma how long the
/// service takes in seconds, both decimal: "0.25,1.5". Without the second number the service is
/// taken from `options`, drawn as make_trace() draws it. A first line of words is a heading, empty
/// lines are skipped, LF and CRLF will do, and the order is free. Times are at most a day.
std::variant<std::vector<Arrival>, TraceError> parse_trace(std::string_view text,
                                                           const TraceOptions& options,
                                                           std::uint64_t seed);

}  // namespace brood
