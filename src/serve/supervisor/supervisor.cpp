#include "serve/supervisor/supervisor.hpp"

#include <unistd.h>

#include <boost/asio/error.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "os/inheritance.hpp"

namespace brood {
namespace {

using boost::system::error_code;

}  // namespace

Supervisor::Supervisor(boost::asio::io_context& context, const SupervisorSettings& settings,
                       Crew& crew, Journal& journal)
    : context_(context),
      settings_(settings),
      crew_(crew),
      journal_(journal),
      signals_(context, SIGINT, SIGCHLD),
      tick_timer_(context),
      look_timer_(context),
      stop_timer_(context),
      log_timer_(context),
      nudge_timer_(context),
      owed_timer_(context),
      ended_timer_(context),
      succession_timer_(context),
      pool_(settings.limits.slots(), settings.limits.connections_per_worker),
      records_(settings.limits.slots()),
      random_(settings.seed),
      oom_kills_(oom_kill_count()) {
  for (const int number : {SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2}) signals_.add(number);
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);  // Else nohup(1) is to keep it running.
  crew_.listen_to(
      [this](std::uint32_t slot, const Frame& frame) { survive([&] { on_frame(slot, frame); }); },
      [this](std::uint32_t slot, ChannelEnd how) { survive([&] { on_channel_end(slot, how); }); });
}

int Supervisor::run() {
  started_ = looked_ = ran_ = steady_now();
  due_ = started_ + regulate_interval;
  introduce();
  await_signal();
  std::vector<Birth> births;
  const std::string outcome = spawn(settings_.limits.start_workers, births);
  journal_.acted("spawn", settings_.limits.start_workers, "start", "start-workers", outcome,
                 Duration{0}, started_);
  for (const Birth& birth : births) journal_.born(birth, started_);
  if (reporter_ != nullptr) reporter_->start([this] { finish_if_empty(); });
  await_tick();
  while (!context_.stopped()) survive([this] { context_.run(); });
  journal_.log().flush_patiently();
  return fault_.empty() ? 0 : 1;
}

void Supervisor::note_undone(const std::exception& error) noexcept {
  may_have_missed_ = true;
  try {
    LogEvent event{.level = Level::error, .name = "left_undone"};
    journal_.log().write(event.with("reason", std::string(error.what())));
  } catch (const std::exception&) {  // Not even memory for a line.
  }
}

/// What stays the same and is told to whoever asks for the load.
void Supervisor::introduce() {
  SupervisorPage& head = *crew_.scoreboard().head;
  head.epoch_ms.store(unix_ms());
  head.max_workers.store(settings_.limits.max_workers);
  head.connections_per_worker.store(settings_.limits.connections_per_worker);
}

void Supervisor::await_signal() {
  signals_.async_wait([this](const error_code& error, int number) {
    if (error) return;
    await_signal();
    survive([&] { on_signal(number); });
  });
}

void Supervisor::on_signal(int number) {
  switch (number) {
    case SIGCHLD: return reap();
    case SIGINT: return dump();
    case SIGUSR1: {
      const Result<void> reopened = journal_.log().reopen();
      LogEvent event{.level = reopened ? Level::info : Level::error, .name = "log_reopened"};
      journal_.log().write(event.with("outcome", reopened ? "done" : reopened.error().text()));
      return;
    }
    case SIGQUIT: return kill_all("SIGQUIT");
    case SIGUSR2:
      journal_.log().write(LogEvent{.level = Level::warn, .name = "signal_ignored"}
                               .with("signal", "SIGUSR2")
                               .with("reason", "it has no meaning yet"));
      return;
    default:  // SIGTERM; SIGHUP, when the terminal closes.
      if (stage_ == Stage::serving) return begin_stop(number == SIGTERM ? "SIGTERM" : "SIGHUP");
      kill_all("second SIGTERM");
  }
}

void Supervisor::await_tick() {
  tick_timer_.expires_after(regulate_interval);
  tick_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    await_tick();
    survive([this] { tick(); });
  });
}

/// Time in which it did not run counts for nobody: called before anybody is judged.
void Supervisor::note_running() {
  const TimePoint now = steady_now();
  pauses_.note(ran_, due_, now);
  may_have_missed_ |= now - due_ > Pauses::late_max;
  ran_ = now;
  due_ = now + regulate_interval;
}

void Supervisor::tick() {
  note_running();
  notes_this_second_ = 0;
  if (std::exchange(may_have_missed_, false)) {
    reap();
    for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) end_if_over(slot);
    if (awake_) await_look();
  }
  sight_all();
  journal_.show(steady_now());
  journal_.tick(steady_now());
  watch_progress();
  if (reporter_ != nullptr) reporter_->tick(pauses_);
  oom_kills_ = std::max(oom_kills_, oom_kill_count());
  if (stage_ == Stage::serving) {
    restore_listeners();
    pay_owed();
    succeed_those_who_finish();
    regulate(Moment::tick);
    nudge_if_waiting();
  }
  keep_log_moving();
}

/// A handler that shuts a listener down does so for all: it is one socket.
void Supervisor::restore_listeners() {
  for (const Crew::Restored& one : crew_.restore_listeners()) {
    journal_.log().write(LogEvent{.level = Level::error, .name = "listener_restored"}
                             .with("listen", one.listen)
                             .with("reason", "somebody had shut it down, a handler most likely")
                             .with("outcome", one.outcome));
    if (!one.is_new) continue;
    for (std::uint32_t slot = 0; slot < pool_.used(); ++slot)
      if (pool_[slot].occupied() && pool_[slot].reaped_at.ns == 0) drain(slot, Intent::drain_spare);
    std::vector<Birth> births;
    spawn(settings_.limits.start_workers, births);
    for (const Birth& birth : births) journal_.born(birth, steady_now());
  }
}

void Supervisor::keep_log_moving() {
  if (journal_.log().flush() || log_waits_) return;
  log_waits_ = true;
  log_timer_.expires_after(log_retry_interval);
  log_timer_.async_wait([this](const error_code& error) {
    log_waits_ = false;
    if (!error) survive([this] { keep_log_moving(); });
  });
}

}  // namespace brood
