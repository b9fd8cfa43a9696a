#include <boost/asio/error.hpp>

#include "serve/supervisor/supervisor.hpp"

// From the order to stop to the last line.

namespace brood {

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
  end_those_over();
  stopping_since_ = steady_now();
  await_stop(settings_.graceful_timeout);
  finish_if_empty();
}

void Supervisor::await_stop(Duration left) {
  stop_timer_.expires_after(left);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    survive([this] {
      note_running();
      const TimePoint now = steady_now();
      const Duration lived = now - pauses_.moved(stopping_since_, now);
      if (lived < settings_.graceful_timeout) return await_stop(settings_.graceful_timeout - lived);
      kill_all("graceful-timeout");
    });
  });
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
  end_those_over();
  finish_if_empty();
}

void Supervisor::finish_if_empty() {
  if (stage_ == Stage::serving || pool_.census().total() > 0 || context_.stopped()) return;
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

}  // namespace brood
