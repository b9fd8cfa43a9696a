#include "serve/supervisor/journal.hpp"

#include <algorithm>
#include <utility>

namespace brood {
namespace {

/// At most 100 pictures a second.
constexpr Duration picture_interval = std::chrono::milliseconds{10};
/// Between two sums; some 15 kB an hour.
constexpr Duration sum_interval = std::chrono::minutes{1};

LogEvent& with_unless_zero(LogEvent& event, std::string_view field, std::uint64_t number) {
  return number == 0 ? event : event.with(field, number);
}

}  // namespace

void Journal::show(TimePoint now) {
  if (now - shown_at_ >= picture_interval) show_now(now);
}

void Journal::show_now(TimePoint now) {
  if (!has_pending()) return;
  const Path path = std::exchange(pending_, Path{});
  shown_at_ = now;
  shown_.apply(path);
  sum_.connections += path.connections;
  note_most();
  if (!verbose_) return;
  LogEvent event{.level = Level::info, .mark = Mark::picture, .name = "picture"};
  event.with("connections", path.connections)
      .with("became_idle", path.became_idle)
      .with("became_busy", path.became_busy);
  with_unless_zero(event, "acknowledged", path.acknowledged);
  with_unless_zero(event, "exits_from_init", path.exits_from_init);
  with_unless_zero(event, "exits_from_idle", path.exits_from_idle);
  with_unless_zero(event, "exits_from_busy", path.exits_from_busy);
  log_.write(with_census(event));
}

void Journal::note_most() noexcept {
  sum_.busy_most = std::max(sum_.busy_most, shown_.busy);
  sum_.total_most = std::max(sum_.total_most, shown_.total());
}

void Journal::tick(TimePoint now) {
  if (verbose_ || now < sum_due_) return;
  if (sum_.connections + sum_.started + sum_.ended == 0) return;
  show_now(now);
  LogEvent event{.level = Level::info, .name = "pool"};
  event.with("connections", sum_.connections)
      .with("started", sum_.started)
      .with("ended", sum_.ended)
      .with("busy_most", sum_.busy_most)
      .with("total_most", sum_.total_most);
  log_.write(with_census(event));
  sum_ = {};
  note_most();
  sum_due_ = now + sum_interval;
}

void Journal::born(const Birth& birth, TimePoint now) {
  show_now(now);
  ++shown_.starting;
  ++sum_.started;
  note_most();
  if (!verbose_) return;
  LogEvent event{.level = Level::info, .name = "worker_started"};
  event.with("slot", birth.slot)
      .with_signed("pid", birth.pid)
      .with("generation", birth.generation)
      .with("state", to_string(WorkerState::init))
      .with_signed("fork_us", to_us(birth.fork_took));
  log_.write(with_census(event));
}

void Journal::died(const Death& death, TimePoint now) {
  show_now(now);
  --shown_[death.state];
  ++sum_.ended;
  if (!verbose_ && !is_failure(death.cause)) return;
  LogEvent event{.level = is_failure(death.cause) ? Level::warn : Level::info,
                 .name = "worker_ended"};
  event.with("slot", death.slot)
      .with_signed("pid", death.pid)
      .with("generation", death.generation)
      .with("state", to_string(death.state))
      .with("cause", to_string(death.cause))
      .with("reason", death.text)
      .with_signed("age_ms", to_us(death.age) / 1000)
      .with("connections", death.counts.connections)
      .with("open", death.open)
      .with("entries", death.counts.entries)
      .with("errors", death.counts.errors);
  log_.write(with_census(event));
}

void Journal::acted(std::string_view action, std::uint64_t count, std::string_view reason,
                    std::string why, std::string outcome, Duration age, TimePoint now) {
  show_now(now);
  if (!verbose_ && (count > 0 || now < bound_due_)) return;
  bound_due_ = now + sum_interval;
  LogEvent event{.level = Level::info, .mark = Mark::act, .name = "regulate"};
  with_census(event)
      .with("action", std::string(action))
      .with("count", count)
      .with("reason", std::string(reason))
      .with("why", std::move(why))
      .with("outcome", std::move(outcome))
      .with_signed("age_us", to_us(age));
  log_.write(event);
}

LogEvent& Journal::with_census(LogEvent& event) const {
  return event.with("idle", shown_.idle)
      .with("busy", shown_.busy)
      .with("starting", shown_.starting)
      .with("exiting", shown_.exiting)
      .with("total", shown_.total());
}

}  // namespace brood
