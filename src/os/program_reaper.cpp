#include "os/program_reaper.hpp"

#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/lived_clock.hpp"

namespace brood {
namespace {

/// From SIGTERM to SIGKILL.
constexpr Duration asking_grace = std::chrono::seconds{1};
/// So long a killed program may take to die. One that is stuck in the kernel is left to whoever
/// reaps orphans.
constexpr Duration kill_patience = std::chrono::seconds{5};
/// How often dying programs are looked at.
constexpr std::chrono::milliseconds alarm_interval{10};
/// Most programs end when they have written all, and are not worth an alarm.
constexpr Duration short_wait = std::chrono::milliseconds{5};

/// Who comes so late between two looks was stopped, with its machine maybe (lived_clock.hpp, which
/// a signal's handler must not use).
constexpr Duration pause_least = std::chrono::milliseconds{250};

/// Whose programs the handler looks after.
ProgramReaper* alarmed = nullptr;

bool is_first_thread() noexcept {
  return ::gettid() == ::getpid();
}

void set_timer(std::chrono::microseconds interval) noexcept {
  const timeval time{.tv_sec = 0, .tv_usec = interval.count()};
  const itimerval timer{.it_interval = time, .it_value = time};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

void nap() noexcept {
  ::poll(nullptr, 0, static_cast<int>(alarm_interval.count()));
}

/// While one lives, the handler does not run.
class QuietAlarm {
 public:
  QuietAlarm() noexcept {
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_BLOCK, &alarm, &before_);
  }
  ~QuietAlarm() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  QuietAlarm(const QuietAlarm&) = delete;
  QuietAlarm& operator=(const QuietAlarm&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

/// Once on its way; for the handler too: system calls only.
void ProgramReaper::step(Dying& dying, TimePoint now) noexcept {
  using Stage = Dying::Stage;
  if (dying.stage == Stage::over) return;
  const auto end = dying.program.ended();
  if (end && dying.stage == Stage::alone && !dying.is_end_known) dying.own_end = end;
  if (end && (dying.stage == Stage::killed || dying.program.is_silent())) {
    dying.program.kill();  // Who has closed stderr may still be there.
    dying.program.reap();
    dying.stage = Stage::over;
  } else if (dying.stage == Stage::alone && (end || now >= dying.due)) {
    dying.program.ask_to_end();
    dying.stage = Stage::asked;
    dying.due = now + asking_grace;
  } else if (dying.stage == Stage::asked && now >= dying.due) {
    dying.program.kill();
    dying.stage = Stage::killed;
    dying.due = now + kill_patience;
  } else if (dying.stage == Stage::killed && now >= dying.due) {
    dying.program.abandon();
    dying.stage = Stage::over;
  }
}

ProgramReaper::Ended ProgramReaper::bury(Dying dying) {
  return {.name = std::move(dying.name),
          .own_end = dying.own_end,
          .errors = dying.program.take_errors()};
}

/// A pause is in nobody's grace. \return whether some are left.
bool ProgramReaper::step_all(TimePoint now) noexcept {
  const Duration since = now - std::exchange(looked_, now);
  bool has_some = false;
  for (std::optional<Dying>& dying : dying_) {
    if (!dying) continue;
    if (since >= pause_least) dying->due = dying->due + since;
    step(*dying, now);
    has_some |= dying->stage != Dying::Stage::over;
  }
  return has_some;
}

void ProgramReaper::on_alarm(int) {
  const int error = errno;
  if (alarmed == nullptr || !alarmed->step_all(steady_now())) set_timer({});
  errno = error;
}

std::optional<ProgramReaper::Ended> ProgramReaper::take(Program program, std::string name,
                                                        Duration alone, bool is_end_known) {
  const TimePoint now = lived_now();
  if (alone.count() > 0) program.await_end(now + std::min(alone, short_wait));
  Dying dying{.program = std::move(program),
              .name = std::move(name),
              .is_end_known = is_end_known,
              .due = now + alone};
  step(dying, now);
  if (dying.stage == Dying::Stage::over) return bury(std::move(dying));
  if (!is_first_thread()) {
    for (; dying.stage != Dying::Stage::over; nap()) step(dying, lived_now());
  } else if (keep(dying)) {
    return std::nullopt;
  }
  dying.program.end();
  return bury(std::move(dying));
}

/// \return false where there are too many already.
bool ProgramReaper::keep(Dying& dying) {
  const QuietAlarm quiet;
  const auto place =
      std::ranges::find_if(dying_, [](const std::optional<Dying>& one) { return !one; });
  if (place == dying_.end()) return false;
  place->emplace(std::move(dying));
  (*place)->due = steady_of((*place)->due);
  start_alarm();
  return true;
}

void ProgramReaper::start_alarm() noexcept {
  alarmed = this;
  looked_ = steady_now();
  struct sigaction action {};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  set_timer(alarm_interval);
}

std::vector<ProgramReaper::Ended> ProgramReaper::take_ended() {
  std::vector<Ended> ended;
  const QuietAlarm quiet;
  for (std::optional<Dying>& dying : dying_) {
    if (!dying || dying->stage != Dying::Stage::over) continue;
    ended.push_back(bury(*std::exchange(dying, std::nullopt)));
  }
  return ended;
}

void ProgramReaper::finish() noexcept {
  const QuietAlarm quiet;
  for (std::optional<Dying>& dying : dying_)
    if (dying && dying->stage == Dying::Stage::alone) dying->due = TimePoint{};
  while (step_all(steady_now())) nap();
  if (alarmed == this) alarmed = nullptr;
}

}  // namespace brood
