#pragma once

#include <string_view>

#include "report/event.hpp"

namespace brood {

/// How an event reads on a terminal: a text with its fields in it.
///   {field}      its value; a time (_ms, _us) with a unit
///   {field:8}    right-aligned in so many columns; {field:-8} left-aligned
///   {*}          the census, or what there is of it
///   [...]        left out unless all fields in it are there, and neither 0 nor empty
///   a new line   goes on beneath, with the mark again
/// An empty text: the event is not shown, as others tell the same.
struct Sentence {
  std::string_view event;  ///< A row of the tables in docs/operating.md, docs/operating-balance.md.
  /// A field that it must have, or "field=text": `serve` and `balance` share names.
  std::string_view needs;
  std::string_view text;
};

/// The one for this event, or null: then its fields are shown by their names.
const Sentence* sentence_for(const LogEvent& event);

}  // namespace brood
