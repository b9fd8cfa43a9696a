#pragma once

#include <ostream>
#include <string_view>

namespace brood {

/// Tells the user what is wrong, in one line.
struct Complain {
  std::ostream& err;
  std::string_view name = "brood";  ///< Of the program.

  /// \return `status`.
  int operator()(std::string_view message, int status) const {
    err << name << ": " << message << '\n';
    return status;
  }
};

}  // namespace brood
