#include "os/listener_set.hpp"

#include <algorithm>
#include <system_error>

namespace brood {

std::variant<std::shared_ptr<ListenerSet>, ListenError> ListenerSet::open(
    std::span<const Endpoint> endpoints, const ListenSettings& settings,
    const ListenerSet& before) {
  auto set = std::make_shared<ListenerSet>();
  for (const Endpoint& endpoint : endpoints) {
    const auto stays = std::ranges::find_if(before.listeners_, [&](const auto& listener) {
      return listener->serves(endpoint) && !set->shares(listener);
    });
    if (stays != before.listeners_.end()) {
      set->listeners_.push_back(*stays);
      continue;
    }
    auto bound = listen_at(endpoint, settings);
    if (auto* error = std::get_if<ListenError>(&bound)) {
      set->leave_all_but(before);
      return std::move(*error);
    }
    set->listeners_.push_back(std::make_shared<Listener>(std::get<Listener>(std::move(bound))));
  }
  return set;
}

bool ListenerSet::shares(const std::shared_ptr<Listener>& listener) const noexcept {
  return std::ranges::find(listeners_, listener) != listeners_.end();
}

std::vector<int> ListenerSet::descriptors() const {
  std::vector<int> fds;
  for (const auto& listener : listeners_) fds.push_back(listener->fd());
  return fds;
}

std::uint32_t ListenerSet::waiting() const noexcept {
  std::uint32_t sum = 0;
  for (const auto& listener : listeners_) sum += listener->waiting();
  return sum;
}

void ListenerSet::adjust(const ListenSettings& settings) noexcept {
  for (const auto& listener : listeners_) listener->adjust(settings);
}

void ListenerSet::leave_all_but(const ListenerSet& kept) {
  std::erase_if(listeners_, [&](const auto& listener) {
    if (kept.shares(listener)) return false;
    listener->leave();
    return true;
  });
}

std::vector<Restored> ListenerSet::restore() {
  std::vector<Restored> restored;
  for (const auto& listener : listeners_) {
    if (listener->is_listening()) continue;
    Restored one{.listen = to_string(listener->endpoint()), .outcome = {}};
    const int error = listener->restore(one.is_new);
    one.outcome =
        error == 0 ? "listening again" : std::error_code(error, std::system_category()).message();
    restored.push_back(std::move(one));
  }
  return restored;
}

std::uint32_t ListenerSet::stop() noexcept {
  const std::uint32_t refused = waiting();
  for (const auto& listener : listeners_) listener->stop();
  listeners_.clear();
  return refused;
}

}  // namespace brood
