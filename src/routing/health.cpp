#include "routing/health.hpp"

#include <algorithm>

namespace brood {

std::string_view to_string(ProbeResult result) noexcept {
  switch (result) {
    case ProbeResult::passed: return "passed";
    case ProbeResult::passed_late: return "passed late";
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

Health::Health(const HealthRules& rules, std::uint32_t server_count)
    : rules_(rules), servers_(server_count) {}

ServerId Health::add() {
  servers_.emplace_back();
  return static_cast<ServerId>(servers_.size() - 1);
}

HealthChange Health::change(ServerId server, HealthState to, std::string_view why,
                            std::uint32_t count) {
  Server& it = servers_[server];
  const HealthState from = it.state;
  it.state = to;
  it.troubles = 0;
  return {.server = server, .from = from, .to = to, .why = why, .count = count};
}

std::optional<HealthChange> Health::probed(ServerId server, ProbeResult result) {
  if (result == ProbeResult::passed) return passed(server, false);
  if (result == ProbeResult::passed_late) return passed(server, true);
  return failed(server, result);
}

std::optional<HealthChange> Health::passed(ServerId server, bool is_late) {
  Server& it = servers_[server];
  it.failed = 0;
  if (!is_late) ++it.passed;
  const ProbeResult result = is_late ? ProbeResult::passed_late : ProbeResult::passed;
  std::optional<HealthChange> verdict;
  if (it.state == HealthState::unknown)
    verdict = change(server, HealthState::up, "the first probe passed", 0);
  else if (it.state == HealthState::down && it.passed >= rules_.rise)
    verdict = change(server, HealthState::up, "probes passed in a row", it.passed);
  if (verdict) verdict->last_probe = result;
  return verdict;
}

std::optional<HealthChange> Health::failed(ServerId server, ProbeResult result) {
  Server& it = servers_[server];
  it.passed = 0;
  ++it.failed;
  std::optional<HealthChange> verdict;
  if (it.state == HealthState::unknown)
    verdict = change(server, HealthState::down, "the first probe failed", 0);
  else if (it.state != HealthState::down && it.failed >= rules_.fall)
    verdict = change(server, HealthState::down, "probes failed in a row", it.failed);
  if (verdict) verdict->last_probe = result;
  return verdict;
}

std::optional<HealthChange> Health::seen(ServerId server, TrafficSign sign, TimePoint now) {
  Server& it = servers_[server];
  if (sign == TrafficSign::answered) {
    it.troubles = 0;
    // It has proved itself once it answers an ejection's time after the last one was over.
    if (it.ejections > 0 && now >= it.ejected_until + rules_.eject_time) it.ejections = 0;
    return std::nullopt;
  }
  ++it.troubles;
  const bool is_due = rules_.eject_after > 0 && it.troubles >= rules_.eject_after;
  if (it.state != HealthState::up || !is_due || !may_eject()) return std::nullopt;
  ++it.ejections;
  it.ejected_until = now + eject_time(it.ejections);
  HealthChange verdict =
      change(server, HealthState::ejected, "requests failed in a row", it.troubles);
  verdict.last_sign = sign;
  return verdict;
}

/// One more, within the share. The only server is thus never ejected: a bad one beats none.
bool Health::may_eject() const noexcept {
  const auto ejected = std::count_if(servers_.begin(), servers_.end(), [](const Server& it) {
    return it.state == HealthState::ejected;
  });
  return static_cast<double>(ejected + 1) <=
         rules_.eject_share * static_cast<double>(servers_.size());
}

Duration Health::eject_time(std::uint32_t ejections) const noexcept {
  Duration time = rules_.eject_time;
  for (std::uint32_t i = 1; i < ejections && time < rules_.eject_time_max; ++i) time *= 2;
  return std::min(time, rules_.eject_time_max);
}

std::vector<HealthChange> Health::elapsed(TimePoint now) {
  std::vector<HealthChange> changes;
  for (ServerId id = 0; id < servers_.size(); ++id) {
    const Server& it = servers_[id];
    if (it.state == HealthState::ejected && now >= it.ejected_until)
      changes.push_back(
          change(id, HealthState::up, "its ejection is over; in a row", it.ejections));
  }
  return changes;
}

TimePoint Health::next() const noexcept {
  TimePoint soonest = never;
  for (const Server& it : servers_)
    if (it.state == HealthState::ejected) soonest = std::min(soonest, it.ejected_until);
  return soonest;
}

bool Health::is_in_transition(ServerId server) const noexcept {
  const Server& it = servers_[server];
  if (it.state == HealthState::down) return it.passed > 0;
  return it.failed > 0;
}

}  // namespace brood
