#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include <span>
#include <utility>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/clock.hpp"
#include "wire/frame.hpp"

namespace brood {

/// What the supervisor wants of this worker, and the waits during which it is told: a frame on the
/// channel says what, a SIGTERM rings. (Without a frame it is an order of its own: to leave.)
/// SIGTERM is blocked but inside these waits, so that no order is lost between a look and a wait.
class Orders {
 public:
  explicit Orders(int channel_fd) noexcept;

  /// Waits until the supervisor has acknowledged this worker. \return false: leave instead.
  bool wait_for_acknowledgement() noexcept;

  /// From now on wait_for_client() also wakes for these listeners.
  /// \param exclusive wake one worker for a connection, not all of them (EPOLLEXCLUSIVE).
  bool watch(std::span<const int> listeners, bool exclusive) noexcept;
  /// Stops waking for a listener that has been shut down.
  void forget(int listener) noexcept;

  /// Waits for a connection or an order. \return the listeners to accept from, good until the next
  /// call: all of them after a nudge or a DRAIN, for this wake-up may be the only one that a
  /// client gets; none when there is nothing to do.
  std::span<const int> wait_for_client() noexcept;

  enum class Wait : std::uint8_t { ready, timed_out, ordered, lost };

  /// Waits until `fd` is ready for `events`, an order to leave arrives (once), or `deadline`.
  /// \param fd -1: only for orders.
  /// \param client its loss ends the wait too (`lost`); -1: nobody's.
  Wait wait(int fd, short events, TimePoint deadline, int client = -1) noexcept;

  /// recv(2) from a client that is between two requests; waits for as long as its SO_RCVTIMEO says.
  /// An order ends it like the end of that time. This wait is most of a kept connection's
  /// life, and a poll before each recv would cost as much again as the recv itself.
  ssize_t receive_kept(int client, std::span<char> bytes) noexcept;

  /// Takes in orders that are there already, without waiting.
  void look() noexcept { wait(-1, 0, TimePoint{}); }

  // --- For a loop that waits by itself, for the channel and a signalfd of SIGTERM.

  int channel_fd() const noexcept { return channel_fd_; }
  /// Reads what is on the channel.
  void read_commands() noexcept;
  /// SIGTERM has come.
  void terminate() noexcept { terminated_ = leaving_ = true; }
  /// The loop cannot go on.
  void give_up() noexcept { broken_ = leaving_ = true; }
  /// Whether it was told to look at the listeners since the last time.
  bool take_nudge() noexcept { return std::exchange(nudged_, false); }

  /// To finish what is in hand and leave.
  bool leaving() const noexcept { return leaving_; }
  /// Because somebody other than the supervisor sent SIGTERM.
  bool terminated() const noexcept { return terminated_; }
  /// epoll or the channel failed for good.
  bool broken() const noexcept { return broken_; }

 private:
  void obey(FrameKind command) noexcept;
  void note_interruption() noexcept;

  int channel_fd_;
  UniqueFd epoll_fd_;
  sigset_t open_mask_;  ///< With SIGTERM unblocked.
  sigset_t shut_mask_;  ///< With SIGTERM blocked.
  FrameDecoder decoder_;
  std::vector<int> listeners_;
  std::vector<int> ready_;
  bool acknowledged_ = false;
  bool nudged_ = false;
  bool leaving_ = false;
  bool terminated_ = false;
  bool broken_ = false;
};

}  // namespace brood
