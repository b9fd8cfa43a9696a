// The Router's picture of each server: what is derived from settings, reports, health and time.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "balance/routing/hash.hpp"
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
  if (!is_known(server)) return;
  Memory& memory = memories_[server.slot];
  if (memory.late_count > 0) --memory.late_count;
  take_report(server.slot, load, age, now);
}

void Router::reported_late(ServerId server, const ReportedLoad& load, Duration age, TimePoint now) {
  if (!is_known(server)) return;
  Memory& memory = memories_[server.slot];
  memory.late_count = std::min(memory.late_count + 1, late_count_max);
  take_report(server.slot, load, age, now);
}

void Router::take_report(std::uint32_t slot, const ReportedLoad& load, Duration age,
                         TimePoint now) {
  ServerView& view = views_[slot];
  Memory& memory = memories_[slot];
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
  if (restarted) begin_slow_start(slot, now);
  refresh_availability(slot);
  refresh(slot, now);
  view.has_idle = expects_idle(view);
}

void Router::set_available(ServerId server, bool is_available, TimePoint now) {
  if (!is_known(server)) return;
  Memory& memory = memories_[server.slot];
  const bool comes_up = is_available && !memory.is_up;
  if (comes_up && memory.has_verdict) begin_slow_start(server.slot, now);
  memory.is_up = is_available;
  memory.has_verdict = true;
  refresh_availability(server.slot);
  refresh(server.slot, now);
}

void Router::set_draining(ServerId server, bool is_draining) noexcept {
  if (!is_known(server)) return;
  memories_[server.slot].is_draining = is_draining;
  refresh_availability(server.slot);
}

void Router::add(ServerId server, const ServerSettings& settings, TimePoint now) {
  if (server.slot >= size()) {
    views_.resize(server.slot + 1);
    memories_.resize(views_.size());
    candidates_.reserve(views_.size());
    full_.reserve(views_.size());
  }
  Memory& memory = memories_[server.slot];
  ServerView& view = views_[server.slot];
  // Whoever comes while others serve starts slowly.
  memory = {.id = server,
            .has_verdict = true,
            .permits = memory.permits,
            .shared_taken = memory.shared_taken};
  view = {.identity = hash_of(settings.name), .in_flight = view.in_flight, .turns = view.turns};
  in_flight_ += view.in_flight;
  ++wanted_;
  configure(server, settings, now);
}

ServerId Router::remove(ServerId server) {
  if (!is_known(server) || std::exchange(memories_[server.slot].is_removed, true)) return no_server;
  in_flight_ -= views_[server.slot].in_flight;
  --wanted_;
  refresh_places();
  refresh_availability(server.slot);
  return forget_if_idle(server.slot);
}

ServerId Router::forget_if_idle(std::uint32_t slot) {
  if (!memories_[slot].is_removed || views_[slot].in_flight > 0) return no_server;
  views_[slot] = {};
  return std::exchange(memories_[slot], {}).id;
}

void Router::share_permits(ServerId server, SharedPermits* permits) {
  if (!is_known(server)) return;
  Memory& memory = memories_[server.slot];
  for (; permits == nullptr && memory.shared_taken > 0; --memory.shared_taken)
    memory.permits->give_back();
  memory.permits = permits;
}

void Router::configure(ServerId server, const ServerSettings& settings, TimePoint now) {
  if (!is_known(server)) return;
  memories_[server.slot].settings = settings;
  views_[server.slot].is_backup = settings.is_backup;
  refresh_places();
  refresh(server.slot, now);
}

void Router::refresh_availability(std::uint32_t slot) noexcept {
  const Memory& memory = memories_[slot];
  ServerView& view = views_[slot];
  const bool was_available = view.is_available;
  view.is_available =
      memory.is_up && !memory.is_draining && !memory.is_removed && !view.reported.is_draining;
  if (view.is_available && !was_available) catch_up(slot);
}

void Router::begin_slow_start(std::uint32_t slot, TimePoint now) {
  if (settings_.slow_start > Duration{0}) memories_[slot].slow_since = now;
}

/// Turns that it missed while it was away are gone: it does not get them all at once.
void Router::catch_up(std::uint32_t slot) noexcept {
  double fewest = std::numeric_limits<double>::infinity();
  for (std::uint32_t other = 0; other < size(); ++other)
    if (other != slot && views_[other].is_available) fewest = std::min(fewest, views_[other].turns);
  if (fewest != std::numeric_limits<double>::infinity())
    views_[slot].turns = std::max(views_[slot].turns, fewest);
}

double Router::slow_start_progress(ServerId server, TimePoint now) const noexcept {
  const TimePoint since = memories_[server.slot].slow_since;
  if (since == never) return 1;
  const double progress = seconds(now - since) / seconds(settings_.slow_start);
  return std::clamp(progress, slow_start_floor, 1.0);
}

void Router::refresh(std::uint32_t slot, TimePoint now) noexcept {
  Memory& memory = memories_[slot];
  ServerView& view = views_[slot];
  const double progress = slow_start_progress(slot, now);
  if (progress >= 1) memory.slow_since = never;
  view.weight = memory.settings.weight * progress / (1U << memory.late_count);
  view.limit = limit_of(slot, progress);
  view.idle_limit = view.limit == no_limit ? no_limit : view.limit / settings_.sharers;
}

std::uint32_t Router::limit_of(std::uint32_t slot, double progress) const noexcept {
  const ServerView& view = views_[slot];
  std::uint32_t limit = memories_[slot].settings.max;
  const auto others = static_cast<std::uint32_t>(std::lround(memories_[slot].others));
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
  const auto known = [&](std::uint32_t slot) {
    const std::uint32_t max = memories_[slot].settings.max;
    return max > 0 ? max : views_[slot].reported.max;
  };
  double sum = 0;
  std::uint32_t count = 0;
  for (std::uint32_t slot = 0; slot < size(); ++slot) {
    if (!is_counted(slot)) continue;
    sum += known(slot);
    count += known(slot) > 0;
  }
  for (std::uint32_t slot = 0; slot < size(); ++slot)
    views_[slot].places = known(slot) > 0 ? known(slot) : count > 0 ? sum / count : 1;
}

/// What time alone changes, where it changes anything.
void Router::age(std::uint32_t slot, TimePoint now) noexcept {
  if (memories_[slot].slow_since != never) refresh(slot, now);
  if (views_[slot].failures > 0) fade_failures(slot, now);
}

void Router::fade_failures(std::uint32_t slot, TimePoint now) noexcept {
  Memory& memory = memories_[slot];
  double& failures = views_[slot].failures;
  const Duration memory_span = std::max(failure_memory, failure_memory_latencies * usual_latency_);
  failures *= std::exp(-seconds(now - memory.failures_at) / seconds(memory_span));
  if (failures < failures_forgotten) failures = 0;
  memory.failures_at = now;
}

void Router::measure(std::uint32_t slot, Duration latency, TimePoint now) noexcept {
  Memory& memory = memories_[slot];
  ServerView& view = views_[slot];
  memory.sample_count = std::min(memory.sample_count + 1, latency_samples);
  const double kept = latency_kept(now - view.latency_at);
  const double kept_mean = kept * (1 - 1.0 / memory.sample_count);
  const auto moved = [&](Duration old, double share) {
    return latency + Duration{static_cast<std::int64_t>(
                         static_cast<double>((old - latency).count()) * share)};
  };
  view.latency = moved(view.latency, kept_mean);
  memory.outlier.measured(latency, 1 - kept_mean);
  view.latency_usual = memory.outlier.taken_from(view.latency);
  // The first slow answer is believed at once (Finagle's peak EWMA).
  view.latency_peak = latency >= view.latency_peak ? latency : moved(view.latency_peak, kept);
  view.latency_at = now;
}

}  // namespace brood
