#include "serve/supervisor/reloading.hpp"

#include <exception>
#include <utility>

#include "serve/supervisor/reporter.hpp"

namespace brood {
namespace {

LogEvent event(Level level, Mark mark, std::string_view name) {
  return {.level = level, .mark = mark, .name = name};
}

}  // namespace

void Reloading::begin() {
  if (!all_.serves()) return;
  if (roll_) {
    again_ = true;
    return log(Level::info, "put off", "the one before has not ended yet");
  }
  ++all_.reloads.asked;
  all_.reloads.has_failed = false;
  auto reloaded = read_anew();
  if (const auto* problem = std::get_if<std::string>(&reloaded))
    return log(Level::error, "refused, nothing is changed", *problem);
  roll_to(std::get<NextGeneration>(std::move(reloaded)));
}

/// Whatever it runs into, nothing is changed and all goes on.
std::variant<NextGeneration, std::string> Reloading::read_anew() const {
  if (!reload_) return "this server cannot reload";
  try {
    return reload_(all_.current, last_number_ + 1);
  } catch (const std::exception& error) {
    return std::string(error.what());
  }
}

void Reloading::roll_to(NextGeneration reloaded) {
  last_number_ = reloaded.generation.number();
  begun_ = steady_now();
  goes_back_ = false;
  all_.other = std::move(reloaded.generation);
  roll_.emplace(last_number_);
  all_.reloads.is_under_way = true;
  all_.pool.reconfigure(slots_with_roll(all_.other->settings->limits),
                        all_.current.settings->limits.connections_per_worker);
  all_.journal.log().write(event(Level::info, Mark::act, "reload_begun")
                               .with("generation", last_number_)
                               .with("workers", all_.pool.census().total())
                               .with("changed", std::move(reloaded.changed)));
  go_on();
}

const Generation& Reloading::target() const noexcept {
  return is_in_force() ? all_.current : *all_.other;
}

bool Reloading::is_in_force() const noexcept {
  return all_.current.number() == roll_->generation();
}

void Reloading::go_on() {
  if (!all_.serves()) return;
  while (roll_) {
    const Roll::Step step = roll_->next(all_.pool, target().settings->limits, steady_now());
    if (roll_->is_proven() && !is_in_force()) change_over();
    switch (step.what) {
      case Roll::Step::What::wait: return;
      case Roll::Step::What::over: return finish();
      case Roll::Step::What::leave: tell(step.slot); break;
      case Roll::Step::What::start:
        if (!start(step.slot)) return;
    }
  }
}

/// Where all places are taken, whoever has been finishing for the longest time has to go.
void Reloading::tick() {
  go_on();
  if (!roll_ || all_.pool.free_slot()) return;
  const auto longest = all_.pool.next_to_cut(all_.current.settings->graceful_timeout, steady_now(),
                                             all_.lived.pauses);
  if (longest) all_.kill(*longest, Intent::kill_finishing);
}

bool Reloading::start(std::uint32_t slot) {
  const Result<Birth> birth = spawning_.spawn_into(slot, target());
  const TimePoint now = steady_now();
  all_.journal.acted("spawn", 1, "rolled",
                     "generation " + std::to_string(roll_->generation()) + " is to serve",
                     birth ? "1 spawned" : birth.error().text(), all_.picture.at(now), now);
  if (birth) {
    all_.journal.born(*birth, now);
    roll_->started(slot);
  } else {
    fail(birth.error().text());
  }
  return birth.has_value();
}

void Reloading::tell(std::uint32_t slot) {
  const TimePoint now = steady_now();
  Slot& worker = all_.pool[slot];
  all_.drain(slot, Intent::drain_roll);
  all_.processes.resume(worker.pid);
  worker.succeeded = true;
  all_.journal.acted("drain", 1, "rolled",
                     "generation " + std::to_string(worker.generation) + " gives way",
                     "slot " + std::to_string(slot) + " told to leave", all_.picture.at(now), now);
}

/// A line for each listener that one of the two has and the other has not.
void Reloading::tell_of_listeners(std::string_view name, const ListenerSet& those,
                                  const ListenerSet& others) {
  for (const auto& listener : those.all())
    if (!others.shares(listener))
      all_.journal.log().write(
          event(Level::info, Mark::plain, name).with("listen", to_string(listener->endpoint())));
}

/// The one that was to come is in force from now on, and the other gives way.
void Reloading::change_over() {
  std::swap(all_.current, *all_.other);
  const Generation& current = all_.current;
  all_.pool.reconfigure(all_.pool.size(), current.settings->limits.connections_per_worker);
  all_.show_limits();
  current.listeners->adjust(current.listening);
  all_.journal.show_now(steady_now());
  all_.journal.set_verbose(current.settings->verbose);
  // The one that it is exchanged with is where that generation's log went.
  const auto& other_log = goes_back_ ? all_.other->log : current.log;
  if (other_log) all_.journal.log().exchange(*other_log);
  tell_of_listeners("listening", *current.listeners, *all_.other->listeners);
  if (all_.reporter != nullptr) all_.reporter->serve_by(current);
}

bool Reloading::ends_by(const Slot& worker, const Death& death) {
  if (!roll_ || !roll_->fails_by(worker)) return false;
  fail(worker.first_note.empty() ? death.text : worker.first_note);
  return true;
}

/// Nobody was told to leave before a newcomer was ready: until then to end is to leave all as it
/// was. Later the old generation comes back in the same way.
void Reloading::fail(const std::string& why) {
  if (goes_back_) {
    log(Level::error, "given up, but some of its workers serve on", why);
    close_the_roll();
    return begin_again();
  }
  const bool was_in_force = is_in_force();
  const std::uint32_t kept = was_in_force ? all_.other->number() : all_.current.number();
  if (was_in_force) {
    goes_back_ = true;
    roll_.emplace(kept);
    change_over();
  }
  log(Level::error, "given up, generation " + std::to_string(kept) + " serves on", why);
  if (was_in_force) return go_on();
  close_the_roll();
  begin_again();
}

void Reloading::finish() {
  LogEvent done = event(Level::info, Mark::act, "reload");
  if (!goes_back_) all_.reloads.outcome = "done";
  done.with("outcome", std::string(goes_back_ ? "back" : "done"))
      .with("generation", all_.current.number())
      .with_signed("took_ms", to_us(steady_now() - begun_) / 1000);
  tell_of_listeners("listening_ended", *all_.other->listeners, *all_.current.listeners);
  close_the_roll();
  all_.journal.log().write(done.with("old", old_ones()));
  begin_again();
}

/// For whoever has asked meanwhile.
void Reloading::begin_again() {
  if (std::exchange(again_, false)) begin();
}

/// Those who go are told, and what nobody of the current generation listens at is closed: last.
void Reloading::close_the_roll() {
  tell_the_rest();
  all_.other->listeners->leave_all_but(*all_.current.listeners);
  all_.other->health->leave_all_but(*all_.current.health);
  all_.current.log.reset();
  all_.other.reset();
  roll_.reset();
  all_.reloads.is_under_way = false;
  end_outdated();
}

/// Newcomers of a generation that does not come, and those who only finish: they have listeners to
/// close.
void Reloading::tell_the_rest() {
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot) {
    const Slot& worker = all_.pool[slot];
    const bool is_other = worker.generation != all_.current.number();
    if (worker.lives() && is_other && worker.intent == Intent::none) tell(slot);
  }
}

void Reloading::end_outdated() {
  const std::uint32_t most = all_.current.settings->max_generations;
  while (const auto oldest = outdated_generation(all_.pool, all_.current.number(), most))
    for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
      if (all_.pool[slot].lives() && all_.pool[slot].generation == *oldest)
        all_.kill(slot, Intent::kill_outdated);
}

std::uint32_t Reloading::old_ones() const noexcept {
  std::uint32_t count = 0;
  for (std::uint32_t slot = 0; slot < all_.pool.used(); ++slot)
    if (all_.pool[slot].lives() && all_.pool[slot].generation != all_.current.number()) ++count;
  return count;
}

void Reloading::log(Level level, std::string outcome, const std::string& reason) {
  if (level == Level::error) {
    all_.reloads.has_failed = true;
    all_.reloads.outcome = outcome + ": " + reason;
  }
  all_.journal.log().write(event(level, Mark::act, "reload")
                               .with("outcome", std::move(outcome))
                               .with("generation", all_.current.number())
                               .with("reason", reason));
}

}  // namespace brood
