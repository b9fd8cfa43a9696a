#include "lab/sim/balance_scenarios.hpp"

#include <array>

#include "lab/sim/scenarios_faults.hpp"
#include "lab/sim/scenarios_prefork.hpp"
#include "lab/sim/scenarios_published.hpp"

namespace brood {
namespace {

constexpr auto scenarios = std::to_array<BalanceScenario>({
    {"equal", "Eight equal servers",
     "Eight servers of 8 workers, exponential service of 20 ms, four balancers, 85 % of what they "
     "can do.",
     "", scenario::equal},
    {"tail", "One of four servers is three times as slow",
     "Four servers of 8 workers, exponential service of 20 ms, of one 60 ms; 1100 requests a "
     "second are 83 % of what they can do.",
     "slow", scenario::tail},
    {"many-balancers", "Several balancers over the same four servers",
     "As `tail`; the load is divided among balancers that know nothing of one another and probe "
     "each 100 ms.",
     "slow", scenario::many_balancers},
    {"kept-connections", "Idle connections hold workers",
     "As `tail`; the load is divided among balancers that probe each 3 s, and an idle connection "
     "to a server holds one of its workers. By the rule none is kept to servers of 8 workers.",
     "slow", scenario::kept_connections},
    {"probe-budget", "What probes are worth",
     "As `tail` with four balancers; how often each of them probes each server.", "slow",
     scenario::probe_budget},
    {"slow-server", "One server answers after two seconds",
     "After Buoyant, 2016: 11 servers that answer in 167 ms (standard deviation 5 ms), 1000 "
     "requests a second for 60 s; from 15 s on one server takes 2 s, for 30 s.",
     "slow", scenario::slow_server},
    {"halves", "Half of the servers are twice as slow",
     "Sixteen servers of 8 workers, half of them with 20 ms and half with 40 ms, exponential; 75 "
     "% of what they can do.",
     "slow", scenario::halves},
    {"antagonists", "Servers that share their machines",
     "After Prequal (NSDI 2024), figure 7: 10 balancers, 25 servers bound by their processors, "
     "each due two cores and having 0.6 to 3 times that from moment to moment; 80 ms of work, "
     "normal with a standard deviation of its mean, cut off at 0; clients wait for 5 s.",
     "", scenario::antagonists},
    {"ramp", "A load that passes what the servers are due",
     "After Prequal, figure 6: as `antagonists`, with loads in shares of what the servers are due.",
     "", scenario::ramp},
    {"stale-load", "Load that was true a while ago",
     "After Mitzenmacher, \"How Useful Is Old Information?\" (TPDS 2000): 100 servers of one "
     "worker, exponential service of 10 ms, 90 % load; all requests are placed by how many each "
     "server had when all were last looked at, and by nothing else.",
     "", scenario::stale_load},
    {"sinkhole", "A server that fails fast",
     "Four servers of 8 workers at 60 %; from 10 s to 30 s one answers each request with an error "
     "within half a millisecond.",
     "failing", scenario::sinkhole},
    {"black-hole", "A server that accepts and never answers",
     "Four servers of 8 workers at 60 %, one silent from 10 s to 30 s. A server has a second for "
     "its answer.",
     "silent", scenario::black_hole},
    {"recovery", "A server comes back cold",
     "Four servers at 60 %, four balancers; one server is dead from 10 s to 20 s and then five "
     "times as slow for 5 s. Counted from 18 s on.",
     "cold", scenario::recovery},
    {"restart", "A server is restarted and counts from 0",
     "Four servers at 60 %; one is dead for 100 ms and comes back with its counters at 0.",
     "restarted", scenario::restart},
    {"saturated", "Busy is not dead",
     "Four servers of 8 workers with 500 ms, two balancers that may fill their queues; from 10 s "
     "to 40 s a third more comes than they can do. A probe has 2 s.",
     "", scenario::saturated},
    {"growing-pool", "A pool that grows behind a balancer that counts places",
     "Two servers with pools of 5 to 60 workers, service 100 ms; after 10 s the load needs 30 "
     "workers of each. Places that are counted by the present workers would keep the pools from "
     "growing.",
     "", scenario::growing_pool},
});

}  // namespace

std::span<const BalanceScenario> balance_scenarios() {
  return scenarios;
}

}  // namespace brood
