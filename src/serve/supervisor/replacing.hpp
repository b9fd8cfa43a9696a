#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "serve/supervisor/spawning.hpp"

namespace brood {

/// Another worker for one that has ended, or that takes no more and finishes what it has.
class Replacing {
 public:
  Replacing(boost::asio::io_context& context, Supervision& all, Spawning& spawning);

  /// In the slot of a worker that has ended: now, or as soon as it may be.
  void replace_ended(std::uint32_t slot, Reason reason);
  /// Those that had to wait.
  void make_pending();
  /// Where a worker holds many connections it may be long before it has finished them.
  void succeed_those_who_finish();

 private:
  /// What came of it.
  enum class Outcome : std::uint8_t { made, not_wanted, not_now };
  Outcome replace(std::uint32_t place, Reason reason);

  Supervision& all_;
  Spawning& spawning_;
  boost::asio::steady_timer timer_;
  std::vector<std::uint32_t> pending_replacements_;  ///< Slots whose replacement has to wait.
};

}  // namespace brood
