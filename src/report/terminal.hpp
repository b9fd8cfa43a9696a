#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "report/event.hpp"

namespace brood {

/// How a terminal shows things.
struct TerminalLook {
  std::size_t columns = 80;
  bool is_coloured = false;
  bool is_marked = true;  ///< Lines of a dump have their mark before them, too.
};

/// An event for whoever sits before a terminal: the time of day, the mark, a sentence (see
/// sentences.hpp), folded at blanks so that no line is wider than the terminal where that can be.
/// Lines of a dump have no time, so that they stand as a table. The last line is without its end.
/// Values are escaped as format_text() does it. \return empty for what is not shown.
/// \param clock As "12:03:14".
std::string format_terminal(const LogEvent& event, std::string_view clock,
                            const TerminalLook& look);

}  // namespace brood
