#pragma once
// What those who drive a session over a script have in common, whichever its role.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string_view>

namespace brood::test {

/// Throws when a session is asked for so many steps that it does not come to rest.
class TurnLimit {
 public:
  void count() {
    if (++turns_ > 1'000'000) throw std::logic_error("the session does not come to rest");
  }

 private:
  std::size_t turns_ = 0;
};

/// Bytes beyond what one space() takes are handed over in several turns, until `advance` says that
/// the session wants no more.
template <class Session, class Advance>
void hand_over(Session& session, std::string_view bytes, const Advance& advance) {
  bool goes_on = true;
  while (!bytes.empty() && goes_on) {
    const std::span<char> space = session.space();
    if (space.empty()) throw std::logic_error("no space");
    const std::size_t size = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), size);
    session.received(size);
    bytes.remove_prefix(size);
    goes_on = advance();
  }
}

}  // namespace brood::test
