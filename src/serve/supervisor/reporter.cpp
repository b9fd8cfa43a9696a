#include "serve/supervisor/reporter.hpp"

#include <algorithm>
#include <utility>

#include "serve/pool/watchdog.hpp"

namespace brood {
namespace {

/// What it may take to finish what it has.
constexpr std::chrono::seconds leave_timeout{1};
/// After a fork that failed.
constexpr Duration retry_least = std::chrono::milliseconds{50};

}  // namespace

Reporter::Reporter(boost::asio::io_context& context, WorkerProcesses& processes, std::uint32_t slot,
                   Log& log)
    : processes_(processes), slot_(slot), log_(log), timer_(context) {
  processes_.listen_to(
      [this](std::uint32_t, const Frame& frame) { on_frame(frame); },
      [](std::uint32_t, ChannelEnd) {});  // Its end is learnt of when it is reaped.
}

void Reporter::start(const Generation& generation, std::function<void()> on_gone) {
  on_gone_ = std::move(on_gone);
  take(generation);
  if (is_wanted_) make();
}

void Reporter::take(const Generation& generation) {
  generation_ = generation;
  generation_.log.reset();
  is_wanted_ = !generation.health->all().empty();
  listen_ = is_wanted_ ? to_string(generation.health->all().front()->endpoint()) : "";
}

void Reporter::serve_by(const Generation& generation) {
  take(generation);
  timer_.cancel();
  if (pid_ == 0) return is_wanted_ ? make() : void();
  intent_ = Intent::drain_roll;
  processes_.order_to_leave(slot_);
  processes_.resume(pid_);
  timer_.expires_after(leave_timeout);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && pid_ != 0) processes_.kill(pid_);
  });
}

void Reporter::make() {
  const Result<WorkerProcesses::Started> made =
      processes_.start(slot_, 0,
                       {.source = *generation_.reporters,
                        .listeners = *generation_.health,
                        .queues = *generation_.listeners,
                        .generation = generation_.number(),
                        .is_in_pool = false});
  if (!made) {
    log_.write(LogEvent{.level = Level::error, .name = "spawn_failed"}
                   .with("reason", "reporter: " + made.error().text())
                   .with("remedy", "see 'ulimit -u', 'ulimit -n' and the cgroup's limits"));
    const TimePoint now = steady_now();
    restart_ = after_failure(restart_, now);
    return make_soon(now + retry_least);
  }
  pid_ = made->pid;
  born_ = well_at_ = made->began;
  intent_ = Intent::none;
  log_.write(LogEvent{.level = Level::info, .name = "reporter_started"}
                 .with_signed("pid", pid_)
                 .with("listen", listen_)
                 .with_signed("fork_us", to_us(made->fork_took)));
}

/// No sooner than `earliest`, and paced where it dies again and again.
void Reporter::make_soon(TimePoint earliest) {
  timer_.expires_after(std::max(restart_.spawn_after, earliest) - steady_now());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && is_wanted_) make();
  });
}

void Reporter::tick(const Pauses& pauses) {
  if (pid_ == 0) return;
  processes_.listen(slot_);
  if (is_wanted_ && intent_ == Intent::none) watch_progress(pauses);
}

/// One that stands still is known by those who wait at its listener. What its page says is a
/// stranger's claim: it need only change.
void Reporter::watch_progress(const Pauses& pauses) {
  const TimePoint now = steady_now();
  const std::int64_t progress_ns =
      processes_.page(slot_).progress_ns.load(std::memory_order_relaxed);
  if (generation_.health->waiting() == 0 || std::exchange(progress_ns_, progress_ns) != progress_ns)
    well_at_ = now;
  if (now - pauses.moved(well_at_, now) < reporter_timeout) return;
  intent_ = Intent::kill_hung;
  processes_.kill(pid_);
}

void Reporter::on_frame(const Frame& frame) {
  if (frame.kind != FrameKind::note) return;
  log_.write(LogEvent{.level = Level::warn, .name = "reporter_note"}
                 .with_signed("pid", pid_)
                 .with("text", std::string(frame.note)));
}

void Reporter::reap() {
  int wait_status = 0;
  if (pid_ != 0 && processes_.reap(pid_, wait_status)) end(wait_status);
}

void Reporter::end(int wait_status) {
  const TimePoint now = steady_now();
  const Ending ending{.intent = intent_,
                      .wait_status = wait_status,
                      .state = processes_.page(slot_).state.load().state,
                      .silence = now - well_at_,
                      .request_line = {},
                      .detail = {}};
  const bool is_meant = !is_wanted_ || intent_ == Intent::drain_roll;
  log_.write(LogEvent{.level = is_meant ? Level::info : Level::warn, .name = "reporter_ended"}
                 .with_signed("pid", pid_)
                 .with("cause", to_string(cause_of(ending)))
                 .with("reason", describe(ending))
                 .with_signed("age_ms", to_us(now - born_) / 1000));
  processes_.close_channel(slot_);
  pid_ = 0;
  timer_.cancel();
  if (!is_wanted_) return on_gone_();
  if (is_meant) return make();
  restart_ = now - born_ < trial_proof ? after_failure(restart_, now) : after_proof();
  make_soon(now);
}

void Reporter::leave() {
  if (!std::exchange(is_wanted_, false)) return;
  timer_.cancel();
  generation_.health->stop();
  if (pid_ == 0) return on_gone_();
  intent_ = Intent::drain_stop;
  processes_.order_to_leave(slot_);
  processes_.resume(pid_);
  timer_.expires_after(leave_timeout);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) kill();
  });
}

void Reporter::kill() {
  is_wanted_ = false;
  timer_.cancel();
  if (generation_.health) generation_.health->stop();
  intent_ = Intent::kill_stop;
  if (pid_ != 0) processes_.kill(pid_);
}

std::optional<ReporterStatus> Reporter::status(TimePoint now) const {
  if (pid_ == 0) return std::nullopt;
  return ReporterStatus{.pid = pid_, .listen = listen_, .age = now - born_};
}

}  // namespace brood
