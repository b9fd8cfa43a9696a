#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "balance/routing/health.hpp"
#include "balance/routing/probe_plan.hpp"
#include "balance/routing/strategy.hpp"
#include "base/clock.hpp"
#include "serve/pool/limits.hpp"

namespace brood {

/// How the work of single requests is spread around its mean.
struct WorkModel {
  enum class Shape : std::uint8_t { constant, exponential, normal };

  Shape shape = Shape::exponential;
  double deviation = 1;  ///< Of `normal`: in means. What would be negative is 0.
};

/// What a server does with a request.
enum class Manner : std::uint8_t {
  serving,
  failing,  ///< Answers it with an error, at once.
  silent,   ///< Accepts it and never answers.
  dead,     ///< Refuses it; what was in hand is lost. After it the server has been restarted.
};

/// How a server is from a moment on.
struct Condition {
  TimePoint from;
  Manner manner = Manner::serving;
  double speed = 1;   ///< Of all that is in hand; > 0.
  double cores = 0;   ///< Instead of the model's; 0: those.
  Duration fixed{0};  ///< What each new request takes whatever its work; 0: as its work says.
};

/// A server: workers that serve one connection each, and a queue in which the others wait for their
/// turn. Many workers that share few cores are an event-driven server, bound by its processor.
struct ServerModel {
  std::uint32_t workers = 1;
  Duration service{std::chrono::milliseconds{20}};  ///< Mean of a request at speed 1.
  double cores = 0;                                 ///< That the busy workers share; 0: one each.
  std::vector<Condition> conditions{};  ///< In their order; before the first all is well.
  /// With it the workers are a pool that regulates itself, from start_workers on.
  std::optional<PoolLimits> pool{};
  bool reports_load = true;  ///< More than errors and entries.
  bool has_reporter = true;  ///< Answers probes at once; else they wait for a worker.
  bool cancels = false;      ///< Notices a client that has gone, and drops its request.
};

/// How the balancers are set.
struct BalancerModel {
  RoutingSettings routing;
  HealthRules health;
  ProbeRules probes;
  Duration probe_timeout{std::chrono::seconds{2}};
  Duration server_timeout{std::chrono::seconds{30}};  ///< From a request's place to its answer.
  Duration queue_timeout{std::chrono::seconds{5}};
  std::uint32_t parallel = 1024;                   ///< Places out at once.
  std::uint32_t max_queue = 1024;                  ///< 0: no bound.
  std::uint32_t server_max = 0;                    ///< Of each server; 0: as its reports say.
  std::uint32_t tries = 3;                         ///< Of one request, the first included.
  Duration kept_timeout{std::chrono::seconds{4}};  ///< Of an idle connection; 0: none is kept.
  bool keeps_all = false;  ///< Keeps each connection for so long, whatever the servers say.
};

/// By what requests are placed. All but the first are references that no real balancer can reach.
enum class Knowledge : std::uint8_t {
  own,  ///< Each balancer's own: what it sees, and what its probes find.
  /// One queue that knows how quick each server is. Whoever is at its head gets the quickest idle
  /// worker, unless quicker ones are worth waiting for.
  central,
  /// By how many requests each server had when all were last looked at, each `board_interval`
  /// (Mitzenmacher's bulletin board: "How Useful Is Old Information?", TPDS 2000).
  board,
};

/// From a moment on, so many requests a second come in, by chance (a Poisson process).
struct LoadStep {
  TimePoint from;
  double rate = 0;
};

/// What is simulated: clients who do not wait for one another, balancers that know nothing of one
/// another, servers.
struct BalanceModel {
  std::vector<ServerModel> servers;
  std::vector<LoadStep> load;
  WorkModel work;
  BalancerModel balancer;
  std::uint32_t balancer_count = 1;             ///< Each gets its share of the requests, by chance.
  Duration client_timeout{0};                   ///< A client waits no longer; 0: for ever.
  Duration duration{std::chrono::seconds{60}};  ///< No request comes after it.
  Duration warm_up{0};                          ///< Requests that come before it are not counted.
  std::uint32_t marked_count = 1;               ///< The first servers, whose share is told.
  Knowledge knowledge = Knowledge::own;
  /// With `central`: a slower idle worker is passed over while it takes more than so many times as
  /// long as quicker ones and the queue for them. 1 is best for the tail, more for the mean.
  double central_patience = 1;
  Duration board_interval{0};  ///< With `board`.
};

}  // namespace brood
