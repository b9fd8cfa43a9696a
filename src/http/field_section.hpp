#pragma once

#include <string_view>
#include <vector>

#include "http/field.hpp"
#include "http/refusal.hpp"

namespace brood {

/// Splits whole field lines and the empty line after them into views; `fields` is overwritten and
/// keeps its memory. Refused: 400 malformed (a name that is no token, white space before the
/// colon, bare CR, NUL and other controls), 413 a Content-Length beyond 64 bits.
/// \pre No line begins with white space: see HeadScanner.
Refusal split_fields(std::string_view section, std::vector<FieldView>& fields);

}  // namespace brood
