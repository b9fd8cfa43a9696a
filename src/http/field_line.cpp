#include "http/field_line.hpp"

#include "http/characters.hpp"

namespace brood {
namespace {

using State = FieldLine::State;

State refuse(FieldLine& line, std::string_view why) noexcept {
  line.why = why;
  return State::malformed;
}

/// Reads the line's end, which must be at `at`. \return `good` when it is there.
State read_end(std::string_view input, std::size_t at, State good, FieldLine& line) noexcept {
  line.size = at + 2;
  if (input.size() >= line.size && input[at] == '\r' && input[at + 1] == '\n') return good;
  if (at == input.size()) return State::need_bytes;
  if (input[at] == '\n') return refuse(line, "a line ends without a carriage return");
  if (input[at] != '\r') return refuse(line, "a field is malformed");
  if (at + 1 == input.size()) return State::need_bytes;
  return refuse(line, "a line ends without a line feed");
}

}  // namespace

FieldLine::State read_field_line(std::string_view input, FieldLine& line) noexcept {
  std::size_t colon = 0;
  while (colon < input.size() && characters::is(input[colon], characters::token)) ++colon;
  if (colon == 0) {
    if (input.starts_with(' ') || input.starts_with('\t')) return refuse(line, "a field is folded");
    return read_end(input, 0, State::last, line);
  }
  if (colon == input.size()) return State::need_bytes;
  if (input[colon] != ':') return refuse(line, "a field's name is malformed");
  const std::size_t end = characters::find_not_field_value(input, colon + 1);
  line.field.name = input.substr(0, colon);
  line.field.value = characters::trimmed(input.substr(colon + 1, end - colon - 1));
  return read_end(input, end, State::field, line);
}

}  // namespace brood
