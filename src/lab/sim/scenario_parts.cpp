#include "lab/sim/scenario_parts.hpp"

namespace brood::scenario {

BalanceModel prefork(std::uint32_t servers, std::uint32_t workers, Duration service, double rate) {
  BalanceModel model;
  model.servers.assign(servers, {.workers = workers, .service = service});
  model.load = {{.from = {}, .rate = rate}};
  model.warm_up = std::chrono::seconds{5};
  return model;
}

void add_strategies(Variants& variants, const BalanceModel& model, std::span<const Strategy> all,
                    std::optional<Strategy> only, const std::string& group) {
  const std::span<const Strategy> wanted = only ? std::span(&*only, 1) : all;
  for (const Strategy strategy : wanted) {
    variants.push_back({group, std::string(to_string(strategy)), model});
    variants.back().model.balancer.routing.strategy = strategy;
  }
}

void add_central(Variants& variants, BalanceModel model, std::optional<Strategy> only,
                 const std::string& group) {
  if (only) return;
  model.knowledge = Knowledge::central;
  variants.push_back({group, "(central queue)", std::move(model)});
}

}  // namespace brood::scenario
