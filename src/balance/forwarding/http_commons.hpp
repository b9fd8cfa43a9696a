#pragma once

#include <memory>
#include <vector>

#include "balance/forwarding/connection_pool.hpp"
#include "balance/forwarding/http_settings.hpp"
#include "balance/routing/retry.hpp"

namespace brood {

class ClientStream;
class Forwarder;

/// What the HTTP connections of one forwarding thread have in common.
class HttpCommons {
 public:
  explicit HttpCommons(Forwarder& forwarder);
  ~HttpCommons();

  Forwarder& forwarder() noexcept { return forwarder_; }
  const HttpSettings& settings() const noexcept { return settings_; }
  ConnectionPool& pool() noexcept { return pool_; }
  RetryBudget& budget() noexcept { return budget_; }

  /// Lends a stream, with the memory of earlier ones.
  std::unique_ptr<ClientStream> lend();
  void take_back(std::unique_ptr<ClientStream> stream) noexcept;

 private:
  Forwarder& forwarder_;
  const HttpSettings& settings_;
  ConnectionPool pool_;
  RetryBudget budget_;
  std::vector<std::unique_ptr<ClientStream>> spare_;
};

}  // namespace brood
