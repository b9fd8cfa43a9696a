#include "balance/routing/health.hpp"

#include <algorithm>

namespace brood {
namespace {

/// Failures of traffic that are further apart are not in a row: nothing was heard in between, and
/// what was true a minute ago says little.
constexpr Duration row_pause = std::chrono::minutes{1};

}  // namespace

std::string_view to_string(ProbeResult result) noexcept {
  switch (result) {
    case ProbeResult::passed: return "passed";
    case ProbeResult::passed_late: return "passed late";
    case ProbeResult::busy: return "busy";
    case ProbeResult::refused: return "refused";
    case ProbeResult::timed_out: return "timed out";
    case ProbeResult::bad_status: return "bad status";
    case ProbeResult::bad_length: return "bad length";
    case ProbeResult::bad_body: return "bad body";
  }
  return "?";
}

std::string_view to_string(TrafficSign sign) noexcept {
  switch (sign) {
    case TrafficSign::answered: return "answered";
    case TrafficSign::connect_failed: return "connect failed";
    case TrafficSign::reset: return "reset";
    case TrafficSign::timed_out: return "timed out";
    case TrafficSign::status_5xx: return "status 5xx";
  }
  return "?";
}

std::string_view to_string(HealthState state) noexcept {
  switch (state) {
    case HealthState::unknown: return "unknown";
    case HealthState::up: return "up";
    case HealthState::down: return "down";
    case HealthState::ejected: return "ejected";
  }
  return "?";
}

Health::Health(const HealthRules& rules, std::uint32_t server_count) : rules_(rules) {
  for (std::uint32_t slot = 0; slot < server_count; ++slot) add(slot);
}

HealthChange Health::change(ServerId id, Server& it, HealthState to, std::string_view why,
                            std::uint32_t count) {
  const HealthState from = it.state;
  it.state = to;
  it.troubles = 0;
  it.is_refutable &= to == HealthState::ejected;
  return {.server = id, .from = from, .to = to, .why = why, .count = count};
}

HealthState Health::state(ServerId server) const noexcept {
  const Server* const it = servers_.find(server);
  return it != nullptr ? it->state : HealthState::unknown;
}

void Health::set_draining(ServerId server, bool is_draining) noexcept {
  if (Server* const it = servers_.find(server)) it->is_draining = is_draining;
}

std::optional<HealthChange> Health::assume_up(ServerId server) {
  Server* const it = servers_.find(server);
  if (it == nullptr) return std::nullopt;
  return change(server, *it, HealthState::up, "it is not probed", 0);
}

std::optional<HealthChange> Health::probed(ServerId server, ProbeResult result,
                                           bool has_connected) {
  Server* const it = servers_.find(server);
  return it != nullptr ? judge(server, *it, result, has_connected) : std::nullopt;
}

std::optional<HealthChange> Health::judge(ServerId id, Server& it, ProbeResult result,
                                          bool has_connected) {
  switch (result) {
    case ProbeResult::passed: {
      const auto verdict = passed(id, it, false);
      return verdict || !has_connected ? verdict : refuted(id, it);
    }
    case ProbeResult::passed_late: return passed(id, it, true);
    case ProbeResult::busy:
      // Requests that failed there as well: it does not work at what it holds.
      if (it.troubles == 0) return passed(id, it, true);
      return failed(id, it, ProbeResult::timed_out);
    default: return failed(id, it, result);
  }
}

std::optional<HealthChange> Health::passed(ServerId id, Server& it, bool is_late) {
  it.failed = 0;
  if (!is_late) ++it.passed;
  const ProbeResult result = is_late ? ProbeResult::passed_late : ProbeResult::passed;
  std::optional<HealthChange> verdict;
  if (it.state == HealthState::unknown)
    verdict = change(id, it, HealthState::up, "the first probe passed", 0);
  else if (it.state == HealthState::down && it.passed >= rules_.rise)
    verdict = change(id, it, HealthState::up, "probes passed in a row", it.passed);
  if (verdict) verdict->last_probe = result;
  return verdict;
}

/// A probe has connected. After `rise` of them it is known that connecting works again.
std::optional<HealthChange> Health::refuted(ServerId id, Server& it) {
  if (!it.is_refutable || ++it.refuting < rules_.rise) return std::nullopt;
  it.is_refutable = false;
  it.troubles = 0;
  if (it.state != HealthState::ejected) return std::nullopt;
  return change(id, it, HealthState::up, "probes have connected again", it.refuting);
}

std::optional<HealthChange> Health::failed(ServerId id, Server& it, ProbeResult result) {
  it.passed = it.refuting = 0;
  ++it.failed;
  std::optional<HealthChange> verdict;
  if (it.state == HealthState::unknown)
    verdict = change(id, it, HealthState::down, "the first probe failed", 0);
  else if (it.state != HealthState::down && it.failed >= rules_.fall)
    verdict = change(id, it, HealthState::down, "probes failed in a row", it.failed);
  if (verdict) verdict->last_probe = result;
  return verdict;
}

std::optional<HealthChange> Health::seen(ServerId server, TrafficSign sign, TimePoint now) {
  Server* const found = servers_.find(server);
  if (found == nullptr) return std::nullopt;
  Server& it = *found;
  if (sign == TrafficSign::answered) {
    it.troubles = 0;
    it.is_refutable = false;
    // It has proved itself once it answers an ejection's time after the last one was over.
    if (it.ejections > 0 && now >= it.ejected_until + rules_.eject_time) it.ejections = 0;
    return std::nullopt;
  }
  note_trouble(it, sign, now);
  const bool is_due = rules_.eject_after > 0 && it.troubles >= rules_.eject_after;
  if (it.state != HealthState::up || !is_due || !may_eject(server)) return std::nullopt;
  // And once it was left alone for as long as it had been ejected.
  if (it.ejections > 0 && now >= it.ejected_until + eject_time(it.ejections)) it.ejections = 0;
  ++it.ejections;
  it.ejected_until = now + eject_time(it.ejections);
  HealthChange verdict =
      change(server, it, HealthState::ejected, "requests failed in a row", it.troubles);
  verdict.last_sign = sign;
  return verdict;
}

void Health::note_trouble(Server& server, TrafficSign sign, TimePoint now) const noexcept {
  if (now > server.trouble_at + row_pause) server.troubles = 0;
  if (server.troubles == 0 && server.state != HealthState::ejected) server.is_refutable = true;
  server.is_refutable &= sign == TrafficSign::connect_failed;
  server.refuting = 0;
  server.trouble_at = now;
  ++server.troubles;
}

bool Health::has_available(ServerId but) const noexcept {
  for (const auto& [id, it] : servers_.all())
    if (id != but && it.state == HealthState::up && !it.is_draining) return true;
  return false;
}

/// One more, within the share of all, and while another one stays: a bad one beats none.
bool Health::may_eject(ServerId server) const noexcept {
  double all = 0;
  double ejected = 0;
  for (const auto& [id, it] : servers_.all()) {
    ++all;
    ejected += it.state == HealthState::ejected;
  }
  return has_available(server) && ejected + 1 <= rules_.eject_share * all;
}

Duration Health::eject_time(std::uint32_t ejections) const noexcept {
  Duration time = rules_.eject_time;
  for (std::uint32_t i = 1; i < ejections && time < rules_.eject_time_max; ++i) time *= 2;
  return std::min(time, rules_.eject_time_max);
}

std::vector<HealthChange> Health::elapsed(TimePoint now) {
  std::vector<HealthChange> changes;
  PerServer<Server>::Entry* soonest = nullptr;
  for (auto& entry : servers_.all()) {
    Server& it = entry.value;
    if (it.state != HealthState::ejected) continue;
    if (now >= it.ejected_until)
      changes.push_back(
          change(entry.id, it, HealthState::up, "its ejection is over; in a row", it.ejections));
    else if (soonest == nullptr || it.ejected_until < soonest->value.ejected_until)
      soonest = &entry;
  }
  if (soonest != nullptr && !has_available(no_server))
    changes.push_back(
        change(soonest->id, soonest->value, HealthState::up, "nobody else can be reached", 0));
  return changes;
}

TimePoint Health::next() const noexcept {
  TimePoint soonest = never;
  for (const auto& [id, it] : servers_.all())
    if (it.state == HealthState::ejected) soonest = std::min(soonest, it.ejected_until);
  return soonest;
}

bool Health::is_in_transition(ServerId server) const noexcept {
  const Server* const it = servers_.find(server);
  if (it == nullptr) return false;
  if (it->state == HealthState::down) return it->passed > 0;
  const bool may_be_refuted = it->state == HealthState::ejected && it->is_refutable;
  return it->failed > 0 || may_be_refuted;
}

}  // namespace brood
