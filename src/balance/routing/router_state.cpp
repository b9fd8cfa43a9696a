// The Router's picture of each server: what is derived from settings, reports, health and time.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "balance/routing/load.hpp"
#include "balance/routing/router.hpp"

namespace brood {
namespace {

constexpr double slow_start_floor = 0.1;     ///< Of the full share, at its beginning.
constexpr std::uint32_t late_count_max = 3;  ///< Halvings of a share by late answers.
constexpr std::uint32_t no_limit = ~0U;
constexpr std::uint32_t latency_samples = 64;  ///< That the mean latency is taken of.
/// What others hold is one glance in each interval at a number that changes in milliseconds: the
/// limit follows its mean, so that it does not starve a server for the sake of one busy moment.
constexpr double others_share = 0.2;
constexpr double failures_forgotten = 1.0 / 64;

/// A failure counts as a request in flight for this long at least. It must be well above the time
/// of a good request: load-driven strategies hold in-flight counts equal, so a server whose every
/// request fails gets at most duration / this of a fair share.
constexpr Duration failure_memory{std::chrono::seconds{1}};
constexpr int failure_memory_latencies = 10;

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

bool has_restarted(const ServerView& view, const ReportedLoad& load) noexcept {
  if (view.reported_at == TimePoint{}) return false;
  const bool has_epochs = view.reported.is_detailed && load.is_detailed;
  return has_epochs ? view.reported.epoch != load.epoch : load.entries < view.reported.entries;
}

}  // namespace

void Router::reported(ServerId server, const ReportedLoad& load, Duration age, TimePoint now) {
  Memory& memory = memories_[server];
  if (memory.late_count > 0) --memory.late_count;
  take_report(server, load, age, now);
}

void Router::reported_late(ServerId server, const ReportedLoad& load, Duration age, TimePoint now) {
  Memory& memory = memories_[server];
  memory.late_count = std::min(memory.late_count + 1, late_count_max);
  take_report(server, load, age, now);
}

void Router::take_report(ServerId server, const ReportedLoad& load, Duration age, TimePoint now) {
  ServerView& view = views_[server];
  Memory& memory = memories_[server];
  const bool is_first = view.reported_at == TimePoint{};
  const bool restarted = has_restarted(view, load);
  const std::uint32_t max_before = view.reported.max;
  view.reported = load;
  view.sent_since_report = 0;
  view.reported_at = now + -age;
  view.others = load.in_flight > view.in_flight ? load.in_flight - view.in_flight : 0;
  const bool is_news = is_first || restarted || view.others < memory.others;
  const double share = is_news ? 1 : others_share;
  memory.others += share * (view.others - memory.others);
  if (load.max != max_before) refresh_places();
  if (restarted) begin_slow_start(server, now);
  refresh_availability(server);
  refresh(server, now);
  view.has_idle = expects_idle(view);
}

void Router::set_available(ServerId server, bool is_available, TimePoint now) {
  Memory& memory = memories_[server];
  const bool comes_up = is_available && !memory.is_up;
  if (comes_up && memory.has_verdict) begin_slow_start(server, now);
  memory.is_up = is_available;
  memory.has_verdict = true;
  refresh_availability(server);
  refresh(server, now);
}

void Router::set_draining(ServerId server, bool is_draining) noexcept {
  memories_[server].is_draining = is_draining;
  refresh_availability(server);
}

void Router::remove(ServerId server) noexcept {
  if (std::exchange(memories_[server].is_removed, true)) return;
  in_flight_ -= views_[server].in_flight;
  --wanted_;
  refresh_places();
  refresh_availability(server);
}

void Router::put_back(ServerId server, const ServerSettings& settings, TimePoint now) {
  Memory& memory = memories_[server];
  ServerView& view = views_[server];
  if (memory.is_removed) {
    in_flight_ += view.in_flight;
    ++wanted_;
  }
  memory = {.has_verdict = true, .permits = memory.permits, .shared_taken = memory.shared_taken};
  view = {.identity = view.identity, .in_flight = view.in_flight, .turns = view.turns};
  configure(server, settings, now);
  refresh_availability(server);
}

void Router::share_permits(ServerId server, SharedPermits* permits) {
  Memory& memory = memories_[server];
  for (; permits == nullptr && memory.shared_taken > 0; --memory.shared_taken)
    memory.permits->give_back();
  memory.permits = permits;
}

void Router::configure(ServerId server, const ServerSettings& settings, TimePoint now) {
  servers_[server] = settings;
  views_[server].is_backup = settings.is_backup;
  refresh_places();
  refresh(server, now);
}

void Router::refresh_availability(ServerId server) noexcept {
  const Memory& memory = memories_[server];
  ServerView& view = views_[server];
  const bool was_available = view.is_available;
  view.is_available =
      memory.is_up && !memory.is_draining && !memory.is_removed && !view.reported.is_draining;
  if (view.is_available && !was_available) catch_up(server);
}

void Router::begin_slow_start(ServerId server, TimePoint now) {
  if (settings_.slow_start > Duration{0}) memories_[server].slow_since = now;
}

/// Turns that it missed while it was away are gone: it does not get them all at once.
void Router::catch_up(ServerId server) noexcept {
  double fewest = std::numeric_limits<double>::infinity();
  for (ServerId id = 0; id < size(); ++id)
    if (id != server && views_[id].is_available) fewest = std::min(fewest, views_[id].turns);
  if (fewest != std::numeric_limits<double>::infinity())
    views_[server].turns = std::max(views_[server].turns, fewest);
}

double Router::slow_start_progress(ServerId server, TimePoint now) const noexcept {
  const TimePoint since = memories_[server].slow_since;
  if (since == never) return 1;
  const double progress = seconds(now - since) / seconds(settings_.slow_start);
  return std::clamp(progress, slow_start_floor, 1.0);
}

void Router::refresh(ServerId server, TimePoint now) noexcept {
  Memory& memory = memories_[server];
  ServerView& view = views_[server];
  const double progress = slow_start_progress(server, now);
  if (progress >= 1) memory.slow_since = never;
  view.weight = servers_[server].weight * progress / (1U << memory.late_count);
  view.limit = limit_of(server, progress);
  view.idle_limit = view.limit == no_limit ? no_limit : view.limit / settings_.sharers;
}

std::uint32_t Router::limit_of(ServerId server, double progress) const noexcept {
  const ServerView& view = views_[server];
  std::uint32_t limit = servers_[server].max;
  const auto others = static_cast<std::uint32_t>(std::lround(memories_[server].others));
  // What its pool can grow to, not what it is now: that would keep it from growing.
  if (limit == 0 && view.reported.is_detailed && view.reported.max > 0)
    limit = std::max(1U, view.reported.max - std::min(view.reported.max, others));
  if (progress >= 1) return limit == 0 ? no_limit : limit;
  // Where no limit is known, the ramp leads to twice the mean of what the servers have in hand.
  if (limit == 0) limit = 2 * (in_flight_ / std::max(1U, wanted_) + 1);
  return std::max(1U, static_cast<std::uint32_t>(progress * limit));
}

/// A server that says nothing of its size is taken to be as large as the mean of the others.
void Router::refresh_places() noexcept {
  const auto known = [&](ServerId id) {
    return servers_[id].max > 0 ? servers_[id].max : views_[id].reported.max;
  };
  double sum = 0;
  std::uint32_t count = 0;
  for (ServerId id = 0; id < size(); ++id) {
    if (memories_[id].is_removed) continue;
    sum += known(id);
    count += known(id) > 0;
  }
  for (ServerId id = 0; id < size(); ++id)
    views_[id].places = known(id) > 0 ? known(id) : count > 0 ? sum / count : 1;
}

/// What time alone changes, where it changes anything.
void Router::age(ServerId server, TimePoint now) noexcept {
  if (memories_[server].slow_since != never) refresh(server, now);
  if (views_[server].failures > 0) fade_failures(server, now);
}

void Router::fade_failures(ServerId server, TimePoint now) noexcept {
  Memory& memory = memories_[server];
  double& failures = views_[server].failures;
  const Duration memory_span = std::max(failure_memory, failure_memory_latencies * usual_latency_);
  failures *= std::exp(-seconds(now - memory.failures_at) / seconds(memory_span));
  if (failures < failures_forgotten) failures = 0;
  memory.failures_at = now;
}

void Router::measure(ServerId server, Duration latency, TimePoint now) noexcept {
  Memory& memory = memories_[server];
  ServerView& view = views_[server];
  memory.sample_count = std::min(memory.sample_count + 1, latency_samples);
  const double kept = latency_kept(now - view.latency_at);
  const auto moved = [&](Duration old, double share) {
    return latency + Duration{static_cast<std::int64_t>(
                         static_cast<double>((old - latency).count()) * share)};
  };
  view.latency = moved(view.latency, kept * (1 - 1.0 / memory.sample_count));
  // The first slow answer is believed at once (Finagle's peak EWMA).
  view.latency_peak = latency >= view.latency_peak ? latency : moved(view.latency_peak, kept);
  view.latency_at = now;
}

}  // namespace brood
