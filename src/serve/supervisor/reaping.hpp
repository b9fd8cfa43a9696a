#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "serve/supervisor/picture.hpp"
#include "serve/supervisor/stopping.hpp"

namespace brood {

/// From a death to an empty slot: reaps, names the cause, banks the counts, and has the slot filled
/// again. A worker has ended when it is reaped and its channel has come to its end.
class Reaping {
 public:
  Reaping(boost::asio::io_context& context, Supervision& all, Spawning& spawning,
          Regulation& regulation, Replacing& replacing, Reloading& reloading, Picture& picture,
          Stopping& stopping);

  /// One SIGCHLD may stand for many deaths, so every child is asked after; by pid, not -1, for a
  /// library's child is not ours to reap.
  void reap();
  void on_channel_end(std::uint32_t slot, ChannelEnd how);
  /// Its worker is gone, and what still holds its other end is none.
  void end_channel(std::uint32_t slot, TimePoint now);
  /// All who have ended, also those for whom a stop was waited for.
  void end_those_over();
  /// After time in which an end may have been missed.
  void look_for_missed();
  /// Once a second.
  void tick();

 private:
  bool owns(pid_t pid) const;
  void end_if_over(std::uint32_t slot);
  void end(std::uint32_t slot);
  void fail_start(const Slot& worker, const std::string& how);
  Death death_of(std::uint32_t slot);
  bool take_oom_kill(const Slot& worker);

  Supervision& all_;
  Spawning& spawning_;
  Regulation& regulation_;
  Replacing& replacing_;
  Reloading& reloading_;
  Picture& picture_;
  Stopping& stopping_;
  boost::asio::steady_timer timer_;
  std::uint64_t oom_kills_;
};

}  // namespace brood
