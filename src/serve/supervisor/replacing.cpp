#include <algorithm>

#include "serve/supervisor/supervisor.hpp"

// Another worker for one that has ended or takes no more, and what an end says about making more.

namespace brood {
namespace {

/// Between two attempts to fill a slot that could not be filled.
constexpr Duration owed_retry_least = std::chrono::milliseconds{10};

}  // namespace

/// For the worker in `slot`, which has ended or takes no more: another one, in `place`.
/// \return whether it was made.
bool Supervisor::replace(std::uint32_t slot, std::uint32_t place, Reason reason) {
  const PoolView seen = view(false);
  const Decision decision = brood::replace(seen, settings_.limits, memory_, reason);
  if (decision.reason == Reason::held_back && slot == place) owe(slot);
  if (decision.spawn == 0) return false;
  const TimePoint now = steady_now();
  const Result<Birth> birth = spawn_into(place);
  journal_.acted("spawn", 1, to_string(decision.reason), explain(decision, seen, settings_.limits),
                 birth ? "1 spawned" : birth.error().text(), picture_age(now), now);
  if (birth) journal_.born(*birth, now);
  if (!birth && slot == place) owe(slot);
  return bool{birth};
}

void Supervisor::await_finish(std::uint32_t slot) {
  if (!pool_.takes_no_more(slot, looked_)) return;
  succession_timer_.expires_after(succession_delay);
  succession_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    survive([this] {
      sight_all();
      succeed_those_who_finish();
    });
  });
}

/// Where a worker holds many connections it may be long before it has finished them.
void Supervisor::succeed_those_who_finish() {
  if (stage_ != Stage::serving) return;
  const TimePoint now = steady_now();
  for (std::uint32_t slot = 0; slot < pool_.used(); ++slot) {
    if (!pool_.takes_long_to_finish(slot, now)) continue;
    pool_.begin_to_leave(slot, now);
    const Intent intent = pool_[slot].intent;
    const bool is_wanted = intent == Intent::none || intent == Intent::ask_hung;
    const auto place = pool_.free_slot();
    if (is_wanted && place && !pool_[slot].succeeded)
      pool_[slot].succeeded = replace(slot, *place, Reason::succeeded);
  }
}

void Supervisor::owe(std::uint32_t slot) {
  owed_.push_back(slot);
  const Duration pause = std::max(restart_.spawn_after - steady_now(), owed_retry_least);
  owed_timer_.expires_after(pause);
  owed_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && stage_ == Stage::serving) survive([this] { pay_owed(); });
  });
}

void Supervisor::pay_owed() {
  std::vector<std::uint32_t> owed;
  owed.swap(owed_);
  for (const std::uint32_t slot : owed)
    if (!pool_[slot].occupied()) replace(slot, slot, Reason::replaced);
}

void Supervisor::learn_from(const Slot& ended, const Death& death) {
  const TimePoint now = steady_now();
  switch (lesson_of(ended, death.cause)) {
    case Lesson::none: return;
    case Lesson::failed_start: return note_failure(death.text, after_failure(restart_, now));
    case Lesson::early_end:
      return note_failure(death.text,
                          after_early_end(restart_, crew_.scoreboard().totals().entries, now));
  }
}

void Supervisor::note_failure(const std::string& what, const RestartMemory& next) {
  const bool was_open = restart_.open;
  restart_ = next;
  if (was_open || !restart_.open) return;
  LogEvent event{.level = Level::error, .name = "circuit_opened"};
  event.with("reason",
             std::to_string(fruitless_max) +
                 " times in a row no new worker came to serve a connection (the last: " + what +
                 "); one trial worker every " +
                 std::to_string(trial_interval.count() / 1'000'000'000) + " s until one lives");
  journal_.log().write(journal_.with_census(event));
}

void Supervisor::note_fruit() {
  if (restart_.open) {
    LogEvent event{.level = Level::info, .name = "circuit_closed"};
    event.with("reason", "a trial worker lives");
    journal_.log().write(journal_.with_census(event));
  }
  restart_ = after_fruit();
}

}  // namespace brood
