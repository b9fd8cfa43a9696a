#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/result.hpp"
#include "lab/load/arrivals.hpp"
#include "lab/load/load_client.hpp"
#include "lab/load/load_plan.hpp"
#include "net/timer_wheel.hpp"

namespace brood {

/// A load on its way.
struct LoadProgress {
  Duration elapsed{0};  ///< Since the load began; the idle clients' connecting is before that.
  std::uint64_t answers = 0;
  std::uint64_t failed = 0;
  std::uint64_t in_flight = 0;
};

/// What happens beside a load. All of it in the generator's thread: what takes its time here is
/// time in which nobody asks, and what is intended then is counted as late.
struct LoadHooks {
  /// Every `tick` or later. \return false: stop now.
  std::function<bool(const LoadProgress&)> on_tick = [](const auto&) { return true; };
  Duration tick = std::chrono::milliseconds{100};
  /// The idle clients are there; the load begins.
  std::function<void()> at_begin = [] {};
  /// The load is over, and its connections are still open.
  std::function<void()> at_end = [] {};
};

/// Puts one plan's load on its target. One thread, one epoll; no more connections than the plan
/// says, and no longer than its duration and one timeout before and after.
class LoadGenerator {
 public:
  /// \pre the descriptor limit is above descriptors_of(plan), and `plan` is in its ranges.
  LoadGenerator(const LoadPlan& plan, LoadHooks hooks);

  /// Once. \return why there could be no load: no epoll.
  Result<LoadResult> run();

 private:
  enum class Role : std::uint8_t { active, slow, idle };
  enum class Phase : std::uint8_t { at_rest, thinking, in_flight };
  using Progress = LoadClient::Progress;
  struct Seat {
    LoadClient client;
    Role role;
    Phase phase = Phase::at_rest;
    TimePoint intended{};  ///< Of the request in flight, or the next.
    TimePoint late_at = never;
    bool was_answered = false;
  };

  std::uint32_t add_seat(Role role);
  void seat_idle_clients();
  void seat_clients();
  void turn(TimePoint wake_at);
  void start(std::uint32_t id, TimePoint intended);
  void settle(std::uint32_t id, Progress progress);
  void watch(Seat& seat, std::uint32_t id);
  void count(Seat& seat, Progress progress);
  void count_first_answer(Seat& seat);
  /// \return when the seat's next request is intended to begin; `never`: not by itself.
  TimePoint next_of(std::uint32_t id, Progress progress);
  void on_deadline(std::uint32_t id);
  TimePoint next_arrival() const noexcept;
  TimePoint next_waiting();
  void arrive();
  bool is_over() const noexcept;
  bool tick();
  void drain();
  LoadResult finish();
  std::uint64_t in_flight() const noexcept { return begun_ - ended_; }

  LoadPlan plan_;
  LoadHooks hooks_;
  LoadRequest request_;
  UniqueFd epoll_fd_;
  SplitMix random_;
  Arrivals arrivals_;
  TimePoint now_;
  TimePoint begin_;
  TimePoint end_ = never;
  TimePoint next_tick_ = never;
  TimerWheel wheel_;
  std::vector<Seat> seats_;          ///< Idle, slow, active; by number. Never moved again.
  std::vector<std::uint32_t> free_;  ///< Of an open loop: active and at rest.
  std::deque<TimePoint> waiting_;    ///< Of an open loop: intended, and no seat was free.
  std::vector<std::uint32_t> due_;
  std::array<epoll_event, 256> events_{};
  LoadResult result_;
  TimePoint load_end_{}, last_answer_{};
  std::uint64_t arrived_ = 0;            ///< Of an open loop: intended so far.
  std::uint64_t begun_ = 0, ended_ = 0;  ///< Requests of active clients.
  std::uint32_t idle_left_ = 0;          ///< Idle clients whose answer is awaited.
  std::uint32_t unserved_ = 0;           ///< Clients without an answer so far.
};

}  // namespace brood
