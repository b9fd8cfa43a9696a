#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace brood::test {

/// One line of the log. The text format's mark comes as the field "mark", its numbers as numbers,
/// so that both formats give the same object otherwise.
using LogLine = boost::json::object;

/// Reads a line of either format. \return nothing when it is neither.
std::optional<LogLine> parse_log_line(std::string_view line);

/// A field's text; empty when it is not there or a number.
std::string text_of(const LogLine& line, std::string_view field);
/// A field's number; 0 when it is not there or a text.
std::int64_t number_of(const LogLine& line, std::string_view field);
/// When it was written, in seconds since midnight: for the difference of two times on one day.
double seconds_of(const LogLine& line);
/// Whether the line is the event of that name.
bool is_event(const LogLine& line, std::string_view name);

/// The first line that does not follow from those before it.
struct Contradiction {
  std::size_t line = 0;  ///< Its index.
  std::string what;
};

/// Plays a whole log from its first line: births, `picture` flows and ends, and compares the pool
/// that they give with every line that shows one. Also: a slot is empty before a birth, an end
/// fits its birth, a dump shows each worker in its slot, and the sums of `stopped` are those of the
/// workers. Pure, and in no way the server's own arithmetic.
std::optional<Contradiction> replay(std::span<const LogLine> lines);

}  // namespace brood::test
