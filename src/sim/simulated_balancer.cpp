#include "sim/simulated_balancer.hpp"

#include <string>
#include <utility>

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
                 std::move(set_alarm)),
      health(model.balancer.health, count_of(model)),
      plan(model.balancer.probes, count_of(model), ~seed),
      budget(0.2, 10, TimePoint{}) {}

void SimulatedBalancer::probed(ServerId server, ProbeResult result, const ReportedLoad& load,
                               Duration age, TimePoint now) {
  apply(health.probed(server, result), now);
  if (result == ProbeResult::passed) router.reported(server, load, age, now);
  if (result == ProbeResult::passed_late) router.reported_late(server, load, age, now);
  plan.done(server, health.is_in_transition(server));
  dispatcher.review(now);
}

bool SimulatedBalancer::seen(ServerId server, TrafficSign sign, TimePoint now) {
  const auto change = health.seen(server, sign, now);
  apply(change, now);
  return change.has_value();
}

void SimulatedBalancer::elapsed(TimePoint now) {
  for (const HealthChange& change : health.elapsed(now)) apply(change, now);
  dispatcher.review(now);
}

void SimulatedBalancer::apply(const std::optional<HealthChange>& change, TimePoint now) {
  if (!change) return;
  const bool is_up = change->to == HealthState::up;
  if (!is_up) ++taken_out;
  router.set_available(change->server, is_up, now);
}

}  // namespace brood
