#pragma once

#include <brood/field.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace brood {

/// One line of a head's or a trailer's fields: field-name ":" OWS field-value OWS CRLF (RFC 9112,
/// section 5).
struct FieldLine {
  enum class State : std::uint8_t {
    need_bytes,
    field,      ///< `field` and `size` are good.
    last,       ///< The empty line behind the fields; `size` is good.
    malformed,  ///< `why` is good.
  };

  FieldView field;       ///< In the bytes that were read; the value is trimmed.
  std::size_t size = 0;  ///< Of the line, its end included.
  std::string_view why;  ///< A few static words.
};

/// Reads from the front of `input`; with too few bytes it is asked again from the same front.
/// Malformed at the first byte that breaks the rules, whatever follows: a line that is folded, a
/// name that is no token, white space before the colon, bare CR or LF, NUL and other controls.
FieldLine::State read_field_line(std::string_view input, FieldLine& line) noexcept;

}  // namespace brood
