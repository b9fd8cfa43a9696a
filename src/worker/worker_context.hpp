#pragma once

#include <array>
#include <brood/handler.hpp>

#include "worker/orders.hpp"
#include "worker/report.hpp"
#include "worker/settings.hpp"

namespace brood {

/// What all conversations of a worker share.
struct WorkerContext {
  const WorkerSettings& settings;
  Handler& handler;
  Report& report;
  Orders& orders;
  bool clients_block = false;  ///< Their sockets are in blocking mode.
  /// No connection is kept after the answers in hand.
  bool is_finishing = false;
  TimePoint now{};  ///< As last looked at; whoever has waited or worked looks again.
  /// For a piece on its way through: 16 KiB come close to the cost of larger ones.
  std::array<char, 16 * 1024> scratch{};

  /// \param has_more the client has sent more than the request that is being answered.
  bool keeps_connection(bool has_more) const noexcept {
    return (!is_finishing || has_more) && !orders.leaving() &&
           settings.keep_alive_timeout.count() > 0;
  }
};

}  // namespace brood
