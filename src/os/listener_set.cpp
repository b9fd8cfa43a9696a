#include "os/listener_set.hpp"

#include <system_error>

namespace brood {

std::vector<int> ListenerSet::descriptors() const {
  std::vector<int> fds;
  for (const Listener& listener : listeners_) fds.push_back(listener.fd());
  return fds;
}

std::uint32_t ListenerSet::waiting() const noexcept {
  std::uint32_t sum = 0;
  for (const Listener& listener : listeners_) sum += listener.waiting();
  return sum;
}

std::vector<Restored> ListenerSet::restore() {
  std::vector<Restored> restored;
  for (Listener& listener : listeners_) {
    if (listener.is_listening()) continue;
    Restored one{.listen = to_string(listener.endpoint()), .outcome = {}};
    const int error = listener.restore(one.is_new);
    one.outcome =
        error == 0 ? "listening again" : std::error_code(error, std::system_category()).message();
    restored.push_back(std::move(one));
  }
  return restored;
}

std::uint32_t ListenerSet::stop() noexcept {
  const std::uint32_t refused = waiting();
  for (Listener& listener : listeners_) listener.stop();
  listeners_.clear();
  return refused;
}

}  // namespace brood
