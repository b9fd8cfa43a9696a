#pragma once

#include <string_view>

namespace brood {

/// The verdict on a part of a request: good when the status is 0, else the status to refuse it
/// with and a few static words for the client, so that a 400 can be understood.
struct Refusal {
  int status = 0;
  std::string_view why;

  explicit operator bool() const noexcept { return status != 0; }
};

}  // namespace brood
