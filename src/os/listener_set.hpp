#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "os/listener.hpp"

namespace brood {

/// Where somebody had shut a listener down.
struct Restored {
  std::string listen;
  std::string outcome;
  bool is_new = false;  ///< Processes that were forked before hold the old one.
};

/// The listeners of a server. Each is an open file description that its workers share.
class ListenerSet {
 public:
  explicit ListenerSet(std::vector<Listener> listeners = {}) : listeners_(std::move(listeners)) {}

  const std::vector<Listener>& all() const noexcept { return listeners_; }
  std::vector<int> descriptors() const;
  /// Connections that wait in all accept queues.
  std::uint32_t waiting() const noexcept;
  /// Listens again wherever nobody can connect any more.
  std::vector<Restored> restore();
  /// From now on nobody can connect. \return how many waited and were refused.
  std::uint32_t stop() noexcept;

 private:
  std::vector<Listener> listeners_;
};

}  // namespace brood
