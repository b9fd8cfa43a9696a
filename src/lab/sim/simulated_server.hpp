#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "balance/routing/server.hpp"
#include "lab/sim/balance_model.hpp"
#include "serve/pool/regulator.hpp"

namespace brood {

/// One server in virtual time. It is told of requests and of the time; it says when its next
/// request is done, and which one that is.
class SimulatedServer {
 public:
  /// What it has in hand: a request or a probe.
  struct Job {
    std::uint32_t id = 0;
    TimePoint began;  ///< When a worker took it.
    double goal = 0;  ///< Of `progress_`, in ns, once a worker has it; before, its work.
    bool is_error = false;
    bool is_probe = false;
  };

  explicit SimulatedServer(const ServerModel& model);

  /// A request. \param work of it, in means. \param on_kept It comes on a connection that was kept:
  ///   its worker has waited for it. \pre not dead.
  void take(std::uint32_t id, double work, TimePoint now, bool on_kept = false);
  /// A probe, through the same door.
  void take_probe(std::uint32_t id, TimePoint now);
  /// Its client has gone: it is dropped where it still waits, or if the server cancels.
  void drop(std::uint32_t id, TimePoint now);

  /// When its next job is done, if nothing else happens; `never` if none is.
  TimePoint next_done() const noexcept;
  /// The job that is done now. Its connection holds its worker until the next take() on it, or
  /// let_go(). \pre now >= next_done().
  Job done(TimePoint now);
  /// A connection on which nothing is in hand is closed.
  void let_go(TimePoint now);

  /// The condition is another one. \return what it had in hand and has lost.
  std::vector<Job> change(const Condition& condition, TimePoint now);
  const Condition& condition() const noexcept { return condition_; }

  /// The regulator's second. \return how many workers are made; each is ready() after a delay.
  std::uint32_t tick(Moment moment, TimePoint now);
  void ready(TimePoint now);

  /// What it tells of itself.
  ReportedLoad report() const;
  std::uint32_t idle() const noexcept { return workers_ - busy() - held_; }
  std::uint32_t busy() const noexcept { return static_cast<std::uint32_t>(in_service_.size()); }
  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t workers() const noexcept { return workers_; }
  std::uint32_t in_hand() const noexcept {
    return busy() + static_cast<std::uint32_t>(waiting_.size());
  }
  /// What a mean request takes if it begins now.
  Duration expected() const noexcept;

 private:
  void advance(TimePoint now) noexcept;
  void serve_waiting();
  double rate() const noexcept;
  void restart();
  Duration median_latency() const;

  ServerModel model_;
  Condition condition_;
  std::uint32_t workers_ = 1;
  std::uint32_t starting_ = 0;
  std::uint32_t held_ = 0;  ///< Workers whose connection has nothing in hand.
  RegulatorMemory memory_;
  std::deque<Job> waiting_;
  std::vector<Job> in_service_;  ///< A heap: the least goal first.
  double progress_ = 0;          ///< What one busy worker has done since the start, in ns.
  TimePoint advanced_;           ///< As of then.
  std::uint64_t epoch_ = 1;
  std::uint64_t entries_ = 0;
  std::uint64_t errors_ = 0;
  std::array<Duration, 31> recent_{};  ///< Of the last requests, from a worker to their end.
  std::uint32_t recent_count_ = 0;
};

}  // namespace brood
