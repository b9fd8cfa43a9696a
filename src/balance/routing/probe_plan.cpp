#include "balance/routing/probe_plan.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace brood {
namespace {

constexpr TimePoint long_ago{INT64_MIN / 2};

Duration scaled(Duration duration, double factor) noexcept {
  return Duration{static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

ProbePlan::ProbePlan(const ProbeRules& rules, std::uint32_t server_count, std::uint64_t seed)
    : rules_(rules), servers_(server_count), random_(seed) {
  assert(rules.budget > 0);
  // A window that holds whole probes makes the bound exact: 2.5 a second is 2 in each 0.8 s.
  const auto whole = std::max<std::size_t>(1, static_cast<std::size_t>(rules.budget));
  starts_.assign(whole, long_ago);
  budget_window_ = scaled(std::chrono::seconds{1}, static_cast<double>(whole) / rules.budget);
}

ServerId ProbePlan::add(TimePoint now) {
  servers_.push_back({.due_at = now});
  return static_cast<ServerId>(servers_.size() - 1);
}

void ProbePlan::set_wanted(ServerId server, bool is_wanted, TimePoint now) noexcept {
  Server& it = servers_[server];
  if (is_wanted && !it.is_wanted) it = {.due_at = now};
  it.is_wanted = is_wanted;
}

bool ProbePlan::accepted(std::uint64_t count) noexcept {
  accepted_ += count;
  return rules_.requests > 0 && accepted_ >= next_count_;
}

void ProbePlan::hurry(TimePoint now) noexcept {
  for (Server& server : servers_) server.due_at = std::min(server.due_at, now);
}

bool ProbePlan::is_due(const Server& server, TimePoint now) const noexcept {
  if (server.is_being_probed || !server.is_wanted) return false;
  return now >= server.due_at || (rules_.requests > 0 && accepted_ >= server.due_count);
}

std::vector<ServerId> ProbePlan::due(TimePoint now) {
  std::vector<ServerId> ids;
  for (ServerId id = 0; id < servers_.size(); ++id)
    if (is_due(servers_[id], now)) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](ServerId a, ServerId b) {
    return servers_[a].started_at < servers_[b].started_at;
  });
  std::size_t count = 0;
  while (count < ids.size() && now >= budget_at()) start(servers_[ids[count++]], now);
  ids.resize(count);

  next_count_ = no_count;
  for (const Server& server : servers_)
    if (server.is_wanted) next_count_ = std::min(next_count_, server.due_count);
  return ids;
}

void ProbePlan::start(Server& server, TimePoint now) noexcept {
  starts_[oldest_start_] = now;
  oldest_start_ = (oldest_start_ + 1) % starts_.size();
  server.is_being_probed = true;
  server.started_at = now;
  server.due_at = now + draw_interval(server);
  server.due_count = accepted_ + rules_.requests;
}

Duration ProbePlan::draw_interval(Server& server) noexcept {
  if (rules_.jitter <= 0) return rules_.interval;
  const double shortest = std::exchange(server.is_spread, true) ? 1 - rules_.jitter : 0;
  return scaled(rules_.interval, shortest + (1 - shortest) * random_.unit());
}

void ProbePlan::done(ServerId server, bool is_in_transition) {
  Server& it = servers_[server];
  it.is_being_probed = false;
  if (is_in_transition)
    it.due_at =
        std::min(it.due_at, it.started_at + scaled(rules_.interval, rules_.transition_factor));
}

TimePoint ProbePlan::budget_at() const noexcept {
  return starts_[oldest_start_] + budget_window_;
}

TimePoint ProbePlan::next() const noexcept {
  TimePoint soonest = never;
  for (const Server& server : servers_) {
    if (server.is_being_probed || !server.is_wanted) continue;
    const bool by_count = rules_.requests > 0 && accepted_ >= server.due_count;
    soonest = std::min(soonest, by_count ? TimePoint{} : server.due_at);
  }
  return soonest == never ? never : std::max(soonest, budget_at());
}

}  // namespace brood
