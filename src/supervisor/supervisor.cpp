#include "supervisor/supervisor.hpp"

#include <unistd.h>

#include <boost/asio/error.hpp>
#include <csignal>

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
      pool_(settings.limits.max_workers, settings.limits.connections_per_worker),
      claims_(settings.limits.max_workers),
      offences_(settings.limits.max_workers),
      shares_(settings.limits.max_workers),
      random_(settings.seed),
      oom_kills_(oom_kill_count()) {
  for (const int number : {SIGTERM, SIGQUIT, SIGHUP, SIGUSR1}) signals_.add(number);
  crew_.listen_to([this](std::uint32_t slot, const Frame& frame) { on_frame(slot, frame); },
                  [this](std::uint32_t slot, ChannelEnd how) { on_channel_end(slot, how); });
}

int Supervisor::run() {
  started_ = looked_ = steady_now();
  introduce();
  await_signal();
  std::vector<Birth> births;
  const std::string outcome = spawn(settings_.limits.start_workers, births);
  journal_.acted("spawn", settings_.limits.start_workers, "start", "start-workers", outcome,
                 Duration{0}, started_);
  for (const Birth& birth : births) journal_.born(birth, started_);
  if (reporter_ != nullptr) reporter_->start([this] { finish_if_empty(); });
  await_tick();
  context_.run();
  journal_.log().flush_patiently();
  return 0;
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
    on_signal(number);
    await_signal();
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
    default:  // SIGTERM; SIGHUP, when the terminal closes.
      if (stage_ == Stage::serving) return begin_stop(number == SIGTERM ? "SIGTERM" : "SIGHUP");
      kill_all("second SIGTERM");
  }
}

void Supervisor::await_tick() {
  tick_timer_.expires_after(regulate_interval);
  tick_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    tick();
    await_tick();
  });
}

void Supervisor::tick() {
  notes_this_second_ = 0;
  sight_all();
  journal_.show(steady_now());
  journal_.tick(steady_now());
  watch_progress();
  if (reporter_ != nullptr) reporter_->tick();
  if (stage_ == Stage::serving) {
    restore_listeners();
    pay_owed();
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

void Supervisor::begin_stop(const char* reason) {
  stage_ = Stage::stopping;
  owed_.clear();
  refused_ = crew_.stop_listening();
  log_stop("stopping", reason);
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot)
    if (pool_[slot].occupied() && pool_[slot].reaped_at.ns == 0) {
      drain(slot, Intent::drain_stop);
      crew_.resume(pool_[slot].pid);
    }
  stop_timer_.expires_after(settings_.graceful_timeout);
  stop_timer_.async_wait([this](const error_code& error) {
    if (!error) kill_all("graceful-timeout");
  });
  finish_if_empty();
}

void Supervisor::log_stop(std::string_view name, const char* reason) {
  sight_all();
  journal_.show_now(steady_now());
  LogEvent event{.level = Level::info, .name = name};
  event.with("reason", reason)
      .with_signed("graceful_timeout_ms", to_us(settings_.graceful_timeout) / 1000)
      .with("refused", refused_);
  journal_.log().write(journal_.with_census(event));
}

void Supervisor::kill_all(const char* reason) {
  if (stage_ == Stage::killing) return;
  if (stage_ == Stage::serving) refused_ = crew_.stop_listening();
  stage_ = Stage::killing;
  owed_.clear();
  log_stop("killing", reason);
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_[slot].occupied() || pool_[slot].reaped_at.ns != 0) continue;
    pool_.intend(slot, Intent::kill_stop);
    crew_.kill(pool_[slot].pid);
  }
  if (reporter_ != nullptr) reporter_->kill();
  finish_if_empty();
}

void Supervisor::finish_if_empty() {
  if (stage_ == Stage::serving || pool_.census().total() > 0) return;
  if (reporter_ != nullptr && !reporter_->is_gone()) return reporter_->leave();
  const TimePoint now = steady_now();
  LogEvent event{.level = Level::info, .name = "stopped"};
  event.with_signed("uptime_ms", to_us(now - started_) / 1000)
      .with("connections", ended_counts_.connections)
      .with("entries", ended_counts_.entries)
      .with("errors", ended_counts_.errors)
      .with("workers", ended_workers_)
      .with("cut", cut_)
      .with("refused", refused_);
  journal_.log().write(event);
  context_.stop();
}

void Supervisor::keep_log_moving() {
  if (journal_.log().flush() || log_waits_) return;
  log_waits_ = true;
  log_timer_.expires_after(log_retry_interval);
  log_timer_.async_wait([this](const error_code& error) {
    log_waits_ = false;
    if (!error) keep_log_moving();
  });
}

}  // namespace brood
