#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "os/channel.hpp"
#include "serve/models/thread_seat.hpp"
#include "serve/worker/accepting_worker.hpp"
#include "wire/exit_status.hpp"

namespace brood {

/// A worker whose threads serve the connections that it accepts. It starts them itself, after the
/// last fork; SIGTERM and the supervisor's orders are heard by the accepting thread, which passes
/// them on. The page has one writer at a time: whoever holds the mutex.
class ThreadedWorker : public AcceptingWorker {
 public:
  /// \param wake_fd of an eventfd.
  ThreadedWorker(const WorkerPlace& place, const WorkerSettings& settings,
                 const HandlerFactory& make_handler, UniqueFd wake_fd, Channel relay);
  ~ThreadedWorker() override;

  /// The worker's whole life. \return the exit status.
  int live();

 protected:
  /// Makes what there has to be before the first connection. \return the exit status if that fails,
  /// the reason noted; else exit_done.
  virtual int start() = 0;
  /// No connection is open: waits until no thread runs any more.
  virtual void join() = 0;

  /// A seat for one more thread; any thread may ask. \return null if its handler does not start,
  /// the reason noted.
  ThreadSeat* make_seat();
  /// Of the thread that has served a connection: it is closed.
  void done();

  void look_around(TimePoint now) override;
  void opened() override;
  void begin_to_finish() override;

  std::mutex mutex_;

 private:
  void show_oldest(TimePoint now);

  const HandlerFactory& make_handler_;
  UniqueFd wake_fd_;
  Channel relay_;
  std::atomic<std::uint32_t> told_{0};  ///< Grows with the order to leave.
  std::atomic<bool> is_woken_{false};
  TimePoint shown_at_;
  std::mutex start_mutex_;  ///< Handlers are made and started one at a time.
  std::vector<std::unique_ptr<ThreadSeat>> seats_;
};

/// An eventfd. \return empty if there is no descriptor left.
UniqueFd open_wake_fd() noexcept;

/// The life of such a worker, whatever its threads are.
template <class Threads>
int run_threads(const WorkerPlace& place, const WorkerSettings& settings,
                const HandlerFactory& make_handler) {
  UniqueFd wake_fd = open_wake_fd();
  auto relay = open_channel();
  if (!wake_fd || !relay) return exit_os_error;
  return Threads(place, settings, make_handler, std::move(wake_fd), std::move(*relay)).live();
}

}  // namespace brood
