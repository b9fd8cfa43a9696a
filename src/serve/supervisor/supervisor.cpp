#include "serve/supervisor/supervisor.hpp"

#include <csignal>
#include <utility>

#include "control/pool_dump.hpp"
#include "os/inheritance.hpp"
#include "serve/supervisor/call_after.hpp"

namespace brood {

Supervisor::Supervisor(boost::asio::io_context& context, Generation first,
                       WorkerProcesses& processes, Journal& journal, MakeNext reload)
    : context_(context),
      signals_(context, SIGINT, SIGCHLD),
      hangup_bell_(context, hangup_.release_bell()),
      tick_timer_(context),
      log_timer_(context),
      all_(std::move(first), processes, journal),
      spawning_(all_),
      regulation_(context, all_, spawning_),
      replacing_(context, all_, spawning_),
      reloading_(all_, spawning_, std::move(reload)),
      picture_(context, all_, spawning_, regulation_, replacing_, reloading_),
      stopping_(context, all_, picture_),
      reaping_(context, all_, spawning_, regulation_, replacing_, reloading_, picture_, stopping_),
      progress_watch_(all_, spawning_, reaping_) {
  for (const int number : {SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2}) signals_.add(number);
  // A link is in the middle of its frames: what is thrown must not go through it.
  processes.listen_to(
      [this](std::uint32_t slot, const Frame& frame) {
        survive([&] { picture_.on_frame(slot, frame); });
      },
      [this](std::uint32_t slot, ChannelEnd how) {
        survive([&] { reaping_.on_channel_end(slot, how); });
      });
}

int Supervisor::run() {
  all_.started = all_.picture.looked = steady_now();
  all_.lived.begin(all_.started);
  introduce();
  await_signal();
  await_hangup();
  regulation_.start();
  if (all_.reporter != nullptr)
    all_.reporter->start(all_.current, [this] { stopping_.finish_if_empty(); });
  await_tick();
  while (!context_.stopped()) survive([this] { context_.run(); });
  all_.journal.log().flush_patiently();
  return fault().empty() ? 0 : 1;
}

void Supervisor::note_undone(const std::exception& error) noexcept {
  all_.lived.may_have_missed = true;
  try {
    LogEvent event{.level = Level::error, .name = "left_undone"};
    all_.journal.log().write(event.with("reason", std::string(error.what())));
  } catch (const std::exception&) {  // Not even memory for a line.
  }
}

/// What is told to whoever asks for the load.
void Supervisor::introduce() {
  all_.processes.scoreboard().head->epoch_ms.store(unix_ms());
  all_.show_limits();
}

void Supervisor::await_hangup() {
  hangup_bell_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (error) return;
                            await_hangup();
                            on_hangup();
                          });
}

void Supervisor::on_hangup() {
  const HangupSignal::Meaning meaning = hangup_.take();
  if (meaning == HangupSignal::Meaning::reload) return reloading_.begin();
  if (meaning == HangupSignal::Meaning::terminal_closed && all_.serves()) stop("SIGHUP");
}

void Supervisor::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    await_signal();
    on_signal(number);
  });
}

void Supervisor::on_signal(int number) {
  switch (number) {
    case SIGCHLD: return reaping_.reap();
    case SIGINT: dump(); return;
    case SIGUSR1: reopen_log(); return;
    case SIGQUIT: return kill_all("SIGQUIT");
    case SIGUSR2:
      all_.journal.log().write(LogEvent{.level = Level::warn, .name = "signal_ignored"}
                                   .with("signal", "SIGUSR2")
                                   .with("reason", "it has no meaning yet"));
      return;
    default:
      if (all_.serves()) return stop("SIGTERM");
      kill_all("second SIGTERM");
  }
}

Result<void> Supervisor::reopen_log() {
  Result<void> reopened = all_.journal.log().reopen();
  all_.processes.scoreboard().head->logs_reopened.fetch_add(1);  // Each worker has its own files.
  LogEvent event{.level = reopened ? Level::info : Level::error, .name = "log_reopened"};
  all_.journal.log().write(event.with("outcome", reopened ? "done" : reopened.error().text()));
  return reopened;
}

void Supervisor::stop(std::string_view reason) {
  stopping_.begin(reason);
  reaping_.end_those_over();
}

void Supervisor::kill_all(std::string_view reason) {
  stopping_.kill_all(reason);
  reaping_.end_those_over();
}

void Supervisor::await_tick() {
  call_after(tick_timer_, regulate_interval, [this] {
    await_tick();
    tick();
  });
}

void Supervisor::tick() {
  all_.lived.note_running(steady_now());
  const bool may_have_missed = std::exchange(all_.lived.may_have_missed, false);
  if (may_have_missed) reaping_.look_for_missed();
  picture_.tick(may_have_missed);
  all_.journal.show(steady_now());
  all_.journal.tick(steady_now());
  progress_watch_.tick();
  if (all_.reporter != nullptr) all_.reporter->tick(all_.lived.pauses);
  reaping_.tick();
  if (all_.serves()) {
    reloading_.tick();
    regulation_.restore_listeners();
    replacing_.make_pending();
    replacing_.succeed_those_who_finish();
    regulation_.regulate(Moment::tick);
    regulation_.nudge_if_waiting();
  }
  keep_log_moving();
}

PoolStatus Supervisor::look() {
  picture_.look_at_all();
  return status();
}

std::vector<LogEvent> Supervisor::dump() {
  picture_.look_at_all();
  all_.journal.show_now(steady_now());
  std::vector<LogEvent> lines = dump_of(status());
  for (const LogEvent& line : lines) all_.journal.log().write(line);
  keep_log_moving();
  return lines;
}

/// Who holds the settings as they were goes by those.
void Supervisor::scale(std::uint32_t min_spare, std::uint32_t max_spare) {
  auto scaled = std::make_shared<SupervisorSettings>(*all_.current.settings);
  scaled->limits.min_spare = min_spare;
  scaled->limits.max_spare = max_spare;
  all_.current.settings = std::move(scaled);
  regulation_.regulate(Moment::tick);
}

void Supervisor::keep_log_moving() {
  if (all_.journal.log().flush() || log_waits_) return;
  log_waits_ = true;
  call_after(log_timer_, log_retry_interval, [this] {
    log_waits_ = false;
    keep_log_moving();
  });
}

}  // namespace brood
