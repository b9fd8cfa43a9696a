#include "frame_writer.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <time.h>

#include <array>
#include <csignal>

#include "base/clock.hpp"
#include "os/channel.hpp"
#include "wire/frame.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;
using brood::Duration;
using brood::steady_now;
using brood::TimePoint;
using brood::WorkerState;

/// One slot as its worker would see it.
class Seat {
 public:
  Seat(brood::SlotPage& page, int end) noexcept : page_(page), end_(end) {}

  /// \return whether the frame was sent.
  bool publish(WorkerState state) noexcept {
    if (state == WorkerState::busy) ++connections_;
    const TimePoint now = steady_now();
    page_.progress_ns.store(now.ns, std::memory_order_relaxed);
    if (state == WorkerState::idle && page_.first_idle_ns.load(std::memory_order_relaxed) == 0)
      page_.first_idle_ns.store(now.ns, std::memory_order_relaxed);
    page_.state.store({state, connections_, state == WorkerState::busy ? 1U : 0U});
    state_ = state;
    const auto frame =
        brood::encode_status(static_cast<brood::FrameKind>(state), {.connections = connections_});
    return brood::send_whole(end_, frame) == brood::Transfer::done;
  }

  /// BUSY after IDLE, IDLE after BUSY.
  bool step() noexcept {
    return publish(state_ == WorkerState::idle ? WorkerState::busy : WorkerState::idle);
  }

  bool wait_for_acknowledgement() noexcept {
    pollfd watched{.fd = end_, .events = POLLIN, .revents = 0};
    std::array<std::uint8_t, brood::status_frame_size> bytes;
    std::span<std::uint8_t> received(bytes);
    return ::poll(&watched, 1, 10'000) == 1 &&
           brood::receive_some(end_, received) == brood::Transfer::done;
  }

  /// Bytes that the supervisor has not read yet.
  std::uint64_t unread() const noexcept {
    int bytes = 0;
    return ::ioctl(end_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
  }

  std::uint64_t connections() const noexcept { return connections_; }

 private:
  brood::SlotPage& page_;
  int end_;
  std::uint64_t connections_ = 0;
  WorkerState state_ = WorkerState::init;
};

void sleep_for(Duration duration) noexcept {
  const timespec pause{.tv_sec = duration / 1s, .tv_nsec = (duration % 1s).count()};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

Duration cpu_time_of(pid_t pid) noexcept {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) == 0) ::clock_gettime(clock, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

void run_on(int core) noexcept {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

bool all_become_idle(std::vector<Seat>& seats) noexcept {
  bool well = true;
  for (Seat& seat : seats) well = seat.publish(WorkerState::init) && well;
  for (Seat& seat : seats) well = seat.wait_for_acknowledgement() && well;
  for (Seat& seat : seats) well = seat.publish(WorkerState::idle) && well;
  return well;
}

std::uint64_t wait_until_read(const std::vector<Seat>& seats) noexcept {
  std::uint64_t unread = 0;
  for (int tries = 0; tries < 100; ++tries) {
    unread = 0;
    for (const Seat& seat : seats) unread += seat.unread();
    if (unread == 0) break;
    sleep_for(10ms);
  }
  return unread;
}

void flood(std::vector<Seat>& seats, const FloodPlan& plan, FloodOutcome& outcome) noexcept {
  const std::uint64_t total = std::uint64_t{plan.frames_per_second} * plan.seconds;
  const std::uint64_t together = plan.spacing == Spacing::even ? 1 : plan.frames_per_second / 1000;
  const TimePoint start = steady_now();
  for (std::uint64_t frame = 0; frame < total; ++frame) {
    if (frame % together == 0) {
      const Duration offset{frame * 1'000'000'000 / plan.frames_per_second};
      const TimePoint due = start + offset;
      if (plan.spacing == Spacing::ticks && steady_now() < due) sleep_for(due - steady_now());
      while (steady_now() < due) continue;
    }
    ++(seats[frame % seats.size()].step() ? outcome.frames_sent : outcome.frames_refused);
  }
  outcome.wall_ns = (steady_now() - start).count();
}

}  // namespace

void play_workers(const brood::Scoreboard& scoreboard, const std::vector<int>& ends,
                  const FloodPlan& plan, pid_t supervisor, FloodOutcome& outcome) {
  run_on(plan.writer_core);
  std::vector<Seat> seats;
  for (std::size_t slot = 0; slot < ends.size(); ++slot)
    seats.emplace_back(scoreboard.slots[slot], ends[slot]);
  outcome.acknowledged = all_become_idle(seats);
  if (!outcome.acknowledged) return;
  wait_until_read(seats);
  sleep_for(500ms);

  const Duration before = cpu_time_of(supervisor);
  flood(seats, plan, outcome);
  outcome.bytes_unread = wait_until_read(seats);
  outcome.supervisor_cpu_ns = (cpu_time_of(supervisor) - before).count();
  for (const Seat& seat : seats) outcome.connections += seat.connections();
  ::kill(supervisor, SIGINT);
  sleep_for(200ms);
}

}  // namespace bench
