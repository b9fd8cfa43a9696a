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
    : rules_(rules), random_(seed) {
  assert(rules.budget > 0);
  for (std::uint32_t slot = 0; slot < server_count; ++slot) add(slot, TimePoint{});
  // A window that holds whole probes makes the bound exact: 2.5 a second is 2 in each 0.8 s.
  const auto whole = std::max<std::size_t>(1, static_cast<std::size_t>(rules.budget));
  starts_.assign(whole, long_ago);
  budget_window_ = scaled(std::chrono::seconds{1}, static_cast<double>(whole) / rules.budget);
}

bool ProbePlan::accepted(std::uint64_t count) noexcept {
  accepted_ += count;
  return rules_.requests > 0 && accepted_ >= next_count_;
}

void ProbePlan::hurry(TimePoint now) noexcept {
  for (auto& [id, server] : servers_.all()) server.due_at = std::min(server.due_at, now);
}

bool ProbePlan::is_due(const Server& server, TimePoint now) const noexcept {
  if (server.is_being_probed) return false;
  return now >= server.due_at || (rules_.requests > 0 && accepted_ >= server.due_count);
}

std::vector<ServerId> ProbePlan::due(TimePoint now) {
  std::vector<PerServer<Server>::Entry*> waiting;
  for (auto& entry : servers_.all())
    if (is_due(entry.value, now)) waiting.push_back(&entry);
  std::ranges::stable_sort(waiting, {}, [](const auto* entry) { return entry->value.started_at; });
  std::vector<ServerId> ids;
  for (auto* const entry : waiting) {
    if (now < budget_at()) break;
    start(entry->value, now);
    ids.push_back(entry->id);
  }
  next_count_ = no_count;
  for (const auto& [id, server] : servers_.all())
    next_count_ = std::min(next_count_, server.due_count);
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
  Server* const it = servers_.find(server);
  if (it == nullptr) return;
  it->is_being_probed = false;
  if (is_in_transition)
    it->due_at =
        std::min(it->due_at, it->started_at + scaled(rules_.interval, rules_.transition_factor));
}

TimePoint ProbePlan::budget_at() const noexcept {
  return starts_[oldest_start_] + budget_window_;
}

TimePoint ProbePlan::next() const noexcept {
  TimePoint soonest = never;
  for (const auto& [id, server] : servers_.all()) {
    if (server.is_being_probed) continue;
    const bool by_count = rules_.requests > 0 && accepted_ >= server.due_count;
    soonest = std::min(soonest, by_count ? TimePoint{} : server.due_at);
  }
  return soonest == never ? never : std::max(soonest, budget_at());
}

}  // namespace brood
