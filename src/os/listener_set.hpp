#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "os/listener.hpp"

namespace brood {

/// Where somebody had shut a listener down.
struct Restored {
  std::string listen;
  std::string outcome;
  bool is_new = false;  ///< Processes that were forked before hold the old one.
};

/// The listeners of a server in one generation. Each is an open file description that its workers
/// share; one that stays is shared with the set of the next generation.
class ListenerSet {
 public:
  /// None.
  ListenerSet() = default;

  /// Listens at all of them. Those at which `before` listens are taken over, untouched; the others
  /// are bound. \return why not, with nothing left behind.
  static std::variant<std::shared_ptr<ListenerSet>, ListenError> open(
      std::span<const Endpoint> endpoints, const ListenSettings& settings,
      const ListenerSet& before = {});

  bool shares(const std::shared_ptr<Listener>& listener) const noexcept;
  const std::vector<std::shared_ptr<Listener>>& all() const noexcept { return listeners_; }
  std::vector<int> descriptors() const;
  /// Connections that wait in all accept queues.
  std::uint32_t waiting() const noexcept;
  /// See Listener::adjust().
  void adjust(const ListenSettings& settings) noexcept;
  /// Listens again wherever nobody can connect any more.
  std::vector<Restored> restore();
  /// Leaves those that `kept` does not share.
  void leave_all_but(const ListenerSet& kept);
  /// From now on nobody can connect. \return how many waited and were refused.
  std::uint32_t stop() noexcept;

 private:
  std::vector<std::shared_ptr<Listener>> listeners_;
};

}  // namespace brood
