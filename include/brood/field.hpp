#pragma once

#include <string_view>

namespace brood {

/// One field of a head, in somebody else's bytes; the value has no white space around it.
struct FieldView {
  std::string_view name;
  std::string_view value;
};

}  // namespace brood
