#include "serve/supervisor/stopping.hpp"

#include <utility>

#include "serve/supervisor/call_after.hpp"
#include "serve/supervisor/reporter.hpp"

namespace brood {

Stopping::Stopping(boost::asio::io_context& context, Supervision& all, Picture& picture)
    : context_(context), all_(all), picture_(picture), timer_(context) {}

void Stopping::begin(std::string_view reason) {
  all_.stage = Stage::stopping;
  refused_ = all_.stop_listening();
  log_stop("stopping", reason);
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].lives()) {
      all_.drain(slot, Intent::drain_stop);
      all_.processes.resume(all_.pool[slot].pid);
    }
  since_ = steady_now();
  await_end(all_.current.settings->graceful_timeout);
}

void Stopping::await_end(Duration left) {
  call_after(timer_, left, [this] { look_at_time(); });
}

void Stopping::look_at_time() {
  const TimePoint now = steady_now();
  all_.lived.note_running(now);
  const Duration waited = now - all_.lived.pauses.moved(since_, now);
  const Duration most = all_.current.settings->graceful_timeout;
  if (waited < most) return await_end(most - waited);
  kill_all("graceful-timeout");
  finish_if_empty();
}

void Stopping::log_stop(std::string_view name, std::string_view reason) {
  picture_.look_at_all();
  all_.journal.show_now(steady_now());
  LogEvent event{.level = Level::info, .name = name};
  event.with("reason", std::string(reason))
      .with_signed("graceful_timeout_ms", to_us(all_.current.settings->graceful_timeout) / 1000)
      .with("refused", refused_);
  all_.journal.log().write(all_.journal.with_census(event));
}

void Stopping::kill_all(std::string_view reason) {
  if (all_.stage == Stage::killing) return;
  if (all_.serves()) refused_ = all_.stop_listening();
  all_.stage = Stage::killing;
  log_stop("killing", reason);
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].lives()) all_.kill(slot, Intent::kill_stop);
  if (all_.reporter != nullptr) all_.reporter->kill();
}

void Stopping::give_up(std::string fault) {
  fault_ = std::move(fault);
  LogEvent event{.level = Level::error, .name = "start_failed"};
  all_.journal.log().write(event.with("reason", fault_));
  kill_all("start_failed");
}

void Stopping::finish_if_empty() {
  if (all_.serves() || all_.pool.census().total() > 0 || context_.stopped()) return;
  if (all_.reporter != nullptr && !all_.reporter->is_gone()) return all_.reporter->leave();
  const EndedWorkers& ended = all_.ended;
  LogEvent event{.level = Level::info, .name = "stopped"};
  event.with_signed("uptime_ms", to_us(steady_now() - all_.started) / 1000)
      .with("connections", ended.counts.connections)
      .with("entries", ended.counts.entries)
      .with("errors", ended.counts.errors)
      .with("workers", ended.workers)
      .with("cut", ended.cut)
      .with("refused", refused_);
  all_.journal.log().write(event);
  context_.stop();
}

}  // namespace brood
