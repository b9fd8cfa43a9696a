#pragma once
// net: level 3. Bytes moved without blocking, for all who serve or ask: who waits for what, and
// until when. What the bytes say, and what a failure means, is decided above.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <brood/unique_fd.hpp>

#include "base/clock.hpp"
#include "net/epoll_events.hpp"
#include "net/timer_wheel.hpp"

namespace brood {

class Loop;

/// Who is told of a descriptor's events and of one deadline. Lives until the end of the turn in
/// which it is buried, so that it may bury itself while it is being told something. One descriptor
/// each: what bridges two has two of them.
class Watcher {
 public:
  explicit Watcher(Loop& loop);
  virtual ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// \param events EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR; edge-triggered: read or
  ///   write until EAGAIN, or remember that there is more. None: see Loop::again().
  virtual void on_event(std::uint32_t events) = 0;
  /// Its deadline has passed; it has none from then on.
  virtual void on_deadline() {}

 protected:
  Loop& loop() const noexcept { return loop_; }

 private:
  friend class Loop;
  Loop& loop_;
  std::uint32_t id_;
};

/// The event loop of one thread: an epoll, a coarse timer wheel, an inbox.
class Loop {
 public:
  /// \throw boost::system::system_error no descriptors are left. Made before anything is served.
  Loop();
  ~Loop();

  /// The time at which this turn began.
  TimePoint now() const noexcept { return now_; }

  /// Tells `watcher` of `fd`. \param events Without EPOLLET, which is always added. \return false
  /// with errno.
  bool watch(int fd, std::uint32_t events, Watcher& watcher) noexcept;
  bool rewatch(int fd, std::uint32_t events, Watcher& watcher) noexcept;
  /// A listening descriptor that several loops watch: one of them is told of each connection, and
  /// told again while more wait.
  bool watch_shared(int fd, Watcher& watcher) noexcept;
  /// Closing the descriptor does the same.
  void unwatch(int fd) noexcept;

  /// `never`: none. Comes true late by a few milliseconds, or by an eighth of its time and a
  /// quarter of a second at most.
  void set_deadline(const Watcher& watcher, TimePoint deadline);

  /// Others are to have their turn first: tells it in the next one that it may go on, by on_event()
  /// without events.
  void again(const Watcher& watcher);

  /// Tells it by on_event() without events, at the end of this turn and behind whom it was said of
  /// before: so whoever makes others go on does not run them from within, and nothing wakes the
  /// loop for it.
  void soon(const Watcher& watcher) { woken_.push_back(watcher.id_); }

  /// Ends its life at the end of this turn; it is told nothing more.
  void bury(std::unique_ptr<Watcher> watcher);

  /// Runs `task` in this loop's thread, in its next turn. From any thread; the only member that
  /// may be called from another one, besides stop().
  void post(std::function<void()> task);

  /// Serves until stop().
  void run();
  void stop() noexcept;

 private:
  friend class Watcher;

  void turn();
  void run_tasks();
  void resume_paused();
  void run_woken();
  void expire();
  void end_lives() noexcept;
  void ring() noexcept;
  int patience_ms() const noexcept;
  bool control(int operation, int fd, std::uint32_t events, const Watcher& watcher) noexcept;
  std::uint32_t enroll(Watcher& watcher);
  void dismiss(std::uint32_t id) noexcept;

  UniqueFd epoll_fd_;
  UniqueFd bell_fd_;  ///< An eventfd: something is in the inbox.
  TimePoint now_;
  TimerWheel wheel_;
  std::vector<Watcher*> watchers_;        ///< By id; null: buried, or free.
  std::vector<std::uint32_t> free_ids_;   ///< Of earlier turns: no event on its way names them.
  std::vector<std::uint32_t> freed_ids_;  ///< Of this turn.
  std::vector<std::uint32_t> due_;
  std::vector<std::uint32_t> paused_;    ///< They go on in the next turn.
  std::vector<std::uint32_t> resuming_;  ///< In this one.
  std::vector<std::uint32_t> woken_;     ///< They go on at the end of this one.
  std::vector<std::unique_ptr<Watcher>> buried_;
  std::array<epoll_event, 256> events_;
  std::mutex inbox_mutex_;  // Never on the path of a request.
  std::vector<std::function<void()>> inbox_;
  std::atomic<bool> is_running_{true};
};

}  // namespace brood
