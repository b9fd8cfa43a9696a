#pragma once

#include <brood/handler.hpp>
#include <cstddef>
#include <memory>
#include <span>

#include "serve/worker/access_log.hpp"
#include "serve/worker/orders.hpp"
#include "serve/worker/report.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// Who has connected and said nothing may keep others waiting for so long: a lost first segment
/// would have come again by then (the least time-out of TCP is 200 ms).
inline constexpr Duration silence_max = std::chrono::milliseconds{250};

/// What all conversations of a worker share.
struct WorkerContext {
  const WorkerSettings& settings;
  Handler& handler;
  Report& report;
  Orders& orders;
  bool clients_block = false;  ///< Their sockets are in blocking mode.
  /// Connections of the worker that can be served at once; those beyond wait for a thread.
  std::uint32_t served_at_once = UINT32_MAX;
  /// No connection is kept after the answers in hand.
  bool is_finishing = false;
  TimePoint now{};  ///< As last looked at; whoever has waited or worked looks again.
  /// Null: there is none.
  std::unique_ptr<AccessLog> access_log = AccessLog::open_if_wanted(settings, report);
  /// For a piece on its way through; made when it is first used, for each page that a new worker
  /// touches costs it a page fault.
  std::unique_ptr<char[]> scratch_bytes{};

  /// 16 KiB come close to the cost of larger ones.
  std::span<char> scratch() {
    constexpr std::size_t size = 16UL * 1024;
    if (!scratch_bytes) scratch_bytes = std::make_unique_for_overwrite<char[]>(size);
    return {scratch_bytes.get(), size};
  }

  /// Whether a connection waits for what another one holds: in a queue, or for a thread.
  bool somebody_waits() const noexcept {
    return report.worker_open() > served_at_once || report.waiting() > 0;
  }

  /// \param has_more the client has sent more than the request that is being answered.
  bool keeps_connection(bool has_more) const noexcept {
    return (!is_finishing || has_more) && !orders.leaving() &&
           settings.keep_alive_timeout.count() > 0;
  }
};

}  // namespace brood
