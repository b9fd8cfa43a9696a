#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/clock.hpp"
#include "wire/frame.hpp"

namespace brood {

/// What the supervisor wants of this worker: frames on the channel, which every wait here also
/// waits for. A SIGTERM from anybody is an order to leave as well; it is blocked but inside these
/// waits, so that none is lost between a look and a wait and no handler is interrupted.
class Orders {
 public:
  /// Of a process. \param channel_fd -1: it has none, and hears of SIGTERM only.
  /// \param given page 0's count of orders.
  Orders(int channel_fd, const std::atomic<std::uint32_t>& given) noexcept;
  /// Of a thread to which another one passes the order to leave. SIGTERM is the other's: here it is
  /// blocked already. \param relay_fd comes to its end of file when it is time to leave.
  /// \param given grows then.
  static Orders relayed(int relay_fd, const std::atomic<std::uint32_t>& given) noexcept;

  /// Called once, as soon as it is known that this worker is to leave.
  void on_leaving(std::function<void()> tell) { on_leaving_ = std::move(tell); }

  /// Waits until the supervisor has acknowledged this worker. \return false: leave instead.
  bool wait_for_acknowledgement() noexcept;

  /// From now on wait_for_client() also wakes for these listeners.
  /// \param exclusive wake one worker for a connection, not all of them (EPOLLEXCLUSIVE).
  /// \param other wakes it too, when it is readable; -1: nobody's.
  bool watch(std::span<const int> listeners, bool exclusive, int other = -1) noexcept;
  /// Stops waking for a listener that has been shut down.
  void forget(int listener) noexcept;

  /// Waits for a connection, an order or `deadline`. \return the listeners to accept from, good
  /// until the next call: all of them after a nudge or a DRAIN, for this wake-up may be the only
  /// one that a client gets; none when there is nothing to do.
  std::span<const int> wait_for_client(TimePoint deadline = never) noexcept;

  enum class Wait : std::uint8_t { ready, timed_out, ordered, lost };

  /// Waits until `fd` is ready for `events`, an order to leave arrives (once), or `deadline`.
  /// \param fd -1: only for orders.
  /// \param client its loss ends the wait too (`lost`); -1: nobody's.
  Wait wait(int fd, short events, TimePoint deadline, int client = -1) noexcept;

  /// Takes in orders that are there already, without waiting. Cheap enough for each request: it
  /// makes a system call only if page 0 tells of orders, or for a SIGTERM every `look_interval`.
  void look(TimePoint now) noexcept;

  // --- For a loop that waits by itself, for the channel and a signalfd of SIGTERM.

  int channel_fd() const noexcept { return channel_fd_; }
  /// Reads what is on the channel.
  void read_commands() noexcept;
  /// SIGTERM has come.
  void terminate() noexcept {
    terminated_ = true;
    leave();
  }
  /// The loop cannot go on.
  void give_up() noexcept {
    broken_ = true;
    leave();
  }
  /// Whether it was told to look at the listeners since the last time.
  bool take_nudge() noexcept { return std::exchange(nudged_, false); }

  /// To finish what is in hand and leave.
  bool leaving() const noexcept { return leaving_; }
  /// Because somebody other than the supervisor sent SIGTERM.
  bool terminated() const noexcept { return terminated_; }
  /// epoll or the channel failed for good.
  bool broken() const noexcept { return broken_; }

 private:
  struct Relayed {};
  Orders(Relayed, int relay_fd, const std::atomic<std::uint32_t>& given) noexcept;
  void leave() noexcept;
  void obey(FrameKind command) noexcept;
  void note_interruption() noexcept;

  int channel_fd_;
  const std::atomic<std::uint32_t>& given_;
  std::uint32_t given_before_ = 0;  ///< At the last look.
  TimePoint looked_;
  UniqueFd epoll_fd_;
  sigset_t open_mask_;  ///< Of the waits; a process has SIGTERM unblocked in it.
  FrameDecoder decoder_;
  std::function<void()> on_leaving_;
  std::vector<int> listeners_;
  std::vector<int> ready_;
  bool acknowledged_ = false;
  bool nudged_ = false;
  bool leaving_ = false;
  bool terminated_ = false;
  bool broken_ = false;
};

}  // namespace brood
