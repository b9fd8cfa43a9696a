#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "serve/supervisor/spawning.hpp"

namespace brood {

/// Carries out what the rules decide about the size of the pool: spawn, drain, cut; and wakes a
/// spare for those who wait although there is one.
class Regulation {
 public:
  Regulation(boost::asio::io_context& context, Supervision& all, Spawning& spawning);

  /// The first workers.
  void start();
  void regulate(Moment moment);
  void nudge_if_waiting();
  /// A handler that shuts a listener down does so for all: it is one socket.
  void restore_listeners();

 private:
  void act(const Decision& decision, const PoolView& view);
  void spawn(std::uint32_t count, std::string_view reason, const std::string& why);
  void drain_one(const Decision& decision, const std::string& why);
  std::string told_to_leave(std::uint32_t slot) const;
  std::string cut_longest_finishing();
  void log(std::string_view action, std::uint32_t count, std::string_view reason,
           const std::string& why, const std::string& outcome);
  void renew_all();

  Supervision& all_;
  Spawning& spawning_;
  RegulatorMemory memory_;
  boost::asio::steady_timer nudge_timer_;
  std::uint32_t nudged_ = 0;
};

}  // namespace brood
