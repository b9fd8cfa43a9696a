#pragma once

#include <cassert>
#include <ranges>
#include <utility>
#include <vector>

#include "balance/routing/server.hpp"

namespace brood {

/// Something of each server, found by its id. Whoever asks for one that has been removed, or whose
/// slot another one has by now, gets nothing. As large as the most servers that there were at once.
template <class T>
class PerServer {
 public:
  struct Entry {
    ServerId id = no_server;
    T value{};
  };

  /// \return its place, until the next one is added. What was in its slot is gone.
  T& add(ServerId id, T value = {}) {
    if (id.slot >= entries_.size()) entries_.resize(id.slot + 1);
    entries_[id.slot] = {.id = id, .value = std::move(value)};
    return entries_[id.slot].value;
  }
  void remove(ServerId id) {
    if (find(id) != nullptr) entries_[id.slot] = {};
  }

  T* find(ServerId id) noexcept {
    return id.slot < entries_.size() && entries_[id.slot].id == id ? &entries_[id.slot].value
                                                                   : nullptr;
  }
  const T* find(ServerId id) const noexcept { return const_cast<PerServer&>(*this).find(id); }

  /// Those that are there, in the order of their slots.
  auto all() { return entries_ | std::views::filter(is_there); }
  auto all() const { return entries_ | std::views::filter(is_there); }

 private:
  static constexpr auto is_there = [](const Entry& entry) { return entry.id != no_server; };

  std::vector<Entry> entries_;
};

}  // namespace brood
