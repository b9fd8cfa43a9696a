#pragma once

#include <string_view>

#include "os/worker_spec.hpp"
#include "serve/worker/accept_backoff.hpp"
#include "serve/worker/orders.hpp"
#include "serve/worker/report.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// The life of a worker that accepts connections and hands each of them over: to itself, to a
/// thread, to a process. Those who take them differ, the rest is here.
///
/// IDLE: there is a free place. BUSY: there is none, or the worker has begun to leave and finishes
/// what it has. EXIT: no connection is open, and it takes none.
class AcceptingWorker {
 public:
  virtual ~AcceptingWorker() = default;
  AcceptingWorker(const AcceptingWorker&) = delete;
  AcceptingWorker& operator=(const AcceptingWorker&) = delete;

  /// From INIT to EXIT. \return the exit status.
  int run();

 protected:
  /// \param wake_fd readable when look_around() has something to do; -1: never.
  AcceptingWorker(const WorkerPlace& place, const WorkerSettings& settings, int wake_fd = -1);

  /// Serves a connection that counts as open, or has it served. closed() is owed for it.
  virtual void take(UniqueFd client) = 0;
  /// After each wait: shows progress, and looks who has finished. While anything is open, it comes
  /// around every `look_around_interval` at least.
  virtual void look_around(TimePoint now) { report_.progressed(now); }

  // The counts, and the state that follows from them.
  virtual void opened();
  /// What is open is to be finished.
  virtual void begin_to_finish();
  /// It accepts no more: who still listens there is none of this worker's business.
  void leave_listeners() noexcept;
  void closed(bool is_finishing);

  /// Finds somebody to serve a connection: tries until it works, with longer and longer pauses, or
  /// until it is time to leave. \param attempt gives 0 or errno. \return whether it has worked.
  template <class Attempt>
  bool persist(std::string_view operation, Attempt attempt) {
    for (int error = attempt(); error != 0; error = attempt()) {
      back_off(operation, error);
      look_around(lived_now());
      if (orders_.leaving()) return give_up(operation);
    }
    backoff_.succeeded();
    return true;
  }

  bool quota_served() const noexcept {
    return place_.request_quota > 0 && report_.connections() >= place_.request_quota;
  }
  bool is_finishing() const noexcept { return is_finishing_; }
  bool is_full() const noexcept { return report_.open() >= settings_.connections_per_worker; }

  const WorkerPlace& place_;
  const WorkerSettings& settings_;
  Report report_;
  Orders orders_;

 private:
  static constexpr Duration backoff_first = std::chrono::milliseconds{10};

  void turn();
  void wait_for_place();
  bool accept_from(int listener);
  void on_accept_error(int listener, int error);
  void back_off(std::string_view operation, int error);
  bool give_up(std::string_view operation);
  TimePoint next_look() const noexcept;
  int exit_status() const noexcept;

  int wake_fd_;
  AcceptBackoff backoff_;
  bool is_finishing_ = false;
  bool has_been_full_ = false;
};

/// How old an acceptor's picture of those who serve for it may become.
inline constexpr Duration look_around_interval = std::chrono::milliseconds{250};

}  // namespace brood
