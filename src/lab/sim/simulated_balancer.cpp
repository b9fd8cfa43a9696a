#include "lab/sim/simulated_balancer.hpp"

#include <string>
#include <utility>

#include "balance/routing/load.hpp"

namespace brood {
namespace {

std::vector<ServerSettings> settings_of(const BalanceModel& model) {
  std::vector<ServerSettings> all;
  for (std::size_t i = 0; i < model.servers.size(); ++i)
    all.push_back({.name = std::to_string(i), .max = model.balancer.server_max});
  return all;
}

std::uint32_t count_of(const BalanceModel& model) {
  return static_cast<std::uint32_t>(model.servers.size());
}

}  // namespace

SimulatedBalancer::SimulatedBalancer(const BalanceModel& model, std::uint64_t seed,
                                     std::function<void(TimePoint)> set_alarm)
    : router(model.balancer.routing, settings_of(model), seed),
      dispatcher(router,
                 {.parallel = model.balancer.parallel, .max_queue = model.balancer.max_queue},
                 std::move(set_alarm), [](ServerId) {}),
      health(model.balancer.health, count_of(model)),
      plan(model.balancer.probes, count_of(model), ~seed),
      budget(0.2, 10, TimePoint{}),
      kept_timeout_(model.balancer.kept_timeout),
      keeps_all_(model.balancer.keeps_all),
      kept_(model.servers.size()) {}

void SimulatedBalancer::probed(ServerId server, ProbeResult result, const ReportedLoad& load,
                               Duration age, TimePoint now) {
  apply(health.probed(server, result), now);
  settle(now);
  if (result == ProbeResult::passed) router.reported(server, load, age, now);
  if (result == ProbeResult::passed_late) router.reported_late(server, load, age, now);
  plan.done(server, health.is_in_transition(server));
  dispatcher.review(now);
}

bool SimulatedBalancer::seen(ServerId server, TrafficSign sign, TimePoint now) {
  const auto change = health.seen(server, sign, now);
  apply(change, now);
  settle(now);
  return change.has_value();
}

void SimulatedBalancer::elapsed(TimePoint now) {
  settle(now);
  dispatcher.review(now);
}

void SimulatedBalancer::settle(TimePoint now) {
  for (const HealthChange& change : health.elapsed(now)) apply(change, now);
}

std::uint32_t SimulatedBalancer::kept_max(ServerId server) const noexcept {
  return keeps_all_ ? ~0U : idle_connections_max(router.view(server));
}

bool SimulatedBalancer::keeps(ServerId server) const noexcept {
  return kept_timeout_ > Duration{0} && (keeps_all_ || !is_last_on_connection(router.view(server)));
}

void SimulatedBalancer::keep(ServerId server, TimePoint now) {
  kept_[server.slot].push_back(now + kept_timeout_);
}

std::uint32_t SimulatedBalancer::trim_kept(ServerId server) {
  std::uint32_t closed = 0;
  auto& kept = kept_[server.slot];
  for (const std::uint32_t max = kept_max(server); kept.size() > max; ++closed) kept.pop_front();
  return closed;
}

bool SimulatedBalancer::take_kept(ServerId server) noexcept {
  if (kept_[server.slot].empty()) return false;
  kept_[server.slot].pop_back();
  return true;
}

std::uint32_t SimulatedBalancer::expire_kept(ServerId server, TimePoint now) {
  std::uint32_t closed = 0;
  for (auto& kept = kept_[server.slot]; !kept.empty() && kept.front() <= now; ++closed)
    kept.pop_front();
  return closed;
}

TimePoint SimulatedBalancer::kept_until(ServerId server) const noexcept {
  return kept_[server.slot].empty() ? never : kept_[server.slot].front();
}

void SimulatedBalancer::apply(const std::optional<HealthChange>& change, TimePoint now) {
  if (!change) return;
  const bool is_up = change->to == HealthState::up;
  if (!is_up) ++taken_out;
  router.set_available(change->server, is_up, now);
}

}  // namespace brood
