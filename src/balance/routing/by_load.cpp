// The strategies that go by what this balancer sees itself: requests in flight and latency.

#include <algorithm>
#include <array>
#include <limits>

#include "balance/routing/load.hpp"
#include "balance/routing/ranking.hpp"
#include "balance/routing/strategies.hpp"

namespace brood {
namespace {

/// Nothing of ours is there, and nothing else is known to be: it would answer at once.
bool is_at_leisure(const ServerView& server) noexcept {
  return server.in_flight == 0 && server.failures == 0 && server.has_idle;
}

/// Latencies are estimates: so much apart they are the same.
constexpr double same_latency_factor = 1.25;
constexpr Duration same_latency_step = std::chrono::milliseconds{1};

/// Where the best has nothing in hand, nor have others that are as quick, none of them has a load
/// to go by: the heaviest, or the luckiest estimate, would be given everything. So they take turns,
/// each its share by weight.
/// \param latency_max Of those that are as quick as the best.
template <class LatencyOf>
Choice in_turn(const Contest& contest, std::span<const ServerId> group, const Choice& best,
               double latency_max, LatencyOf latency_of, SplitMix& random) {
  if (!is_at_leisure(contest.servers[best.server.slot])) return best;
  Ranking turns(random);
  std::uint32_t count = 0;
  for (const ServerId id : group) {
    const ServerView& server = contest.servers[id.slot];
    if (!is_at_leisure(server) || latency_of(server) > latency_max) continue;
    turns.offer(id, server.turns + 0.5 / server.weight);
    ++count;
  }
  if (count < 2) return best;
  Choice choice = turns.choice("at leisure as others, its turn");
  choice.is_turn = true;
  return choice;
}

double no_latency(const ServerView&) noexcept {
  return 0;
}

/// The lowest latency of all, 1 if none was measured. A server without a measurement is taken to
/// be as quick: it is tried soon, but not by everybody before its first answer.
double quickest_of(const Contest& contest, Duration ServerView::*latency) {
  double quickest = std::numeric_limits<double>::infinity();
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    if (const double its = believed(server.*latency, server, contest.now); its > 0)
      quickest = std::min(quickest, its);
  }
  return quickest == std::numeric_limits<double>::infinity() ? 1 : quickest;
}

/// By latency too. It is the usual latency that counts: to be left out for seconds takes more than
/// one answer that was slow, or delayed by whatever else the machine did. And who gives its second
/// slow answer here has made one more request wait, not a queue of them.
Choice in_turn_of_quick(const Contest& contest, const Choice& best, SplitMix& random) {
  if (!is_at_leisure(contest.servers[best.server.slot])) return best;
  const double latency_max =
      same_latency_factor * quickest_of(contest, &ServerView::latency_usual) +
      static_cast<double>(same_latency_step.count());
  const auto usual = [&](const ServerView& server) {
    return believed(server.latency_usual, server, contest.now);
  };
  return in_turn(contest, contest.candidates, best, latency_max, usual, random);
}

}  // namespace

Choice choose_least_connections(const Contest& contest, SplitMix& random) {
  Ranking ranking(random);
  for (const ServerId id : contest.candidates)
    ranking.offer(id, local_load(contest.servers[id.slot]));
  return in_turn(contest, contest.candidates, ranking.choice("least loaded"), 0, no_latency,
                 random);
}

Choice choose_of_two(const Contest& contest, SplitMix& random) {
  // Without replacement: of two servers, both are always looked at.
  const auto count = static_cast<std::uint32_t>(contest.candidates.size());
  const std::uint32_t first = random.below(count);
  std::uint32_t second = random.below(count - 1);
  if (second >= first) ++second;
  const std::array drawn{contest.candidates[first], contest.candidates[second]};
  Ranking ranking;
  for (const ServerId id : drawn) ranking.offer(id, local_load(contest.servers[id.slot]));
  return in_turn(contest, drawn, ranking.choice("less loaded of two"), 0, no_latency, random);
}

Choice choose_peak_ewma(const Contest& contest, SplitMix& random) {
  const double quickest = quickest_of(contest, &ServerView::latency_peak);
  Ranking ranking(random);
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    const double latency = believed(server.latency_peak, server, contest.now);
    ranking.offer(id, (latency > 0 ? latency : quickest) * local_load(server));
  }
  return in_turn_of_quick(contest, ranking.choice("lowest peak latency by load"), random);
}

Choice choose_least_time(const Contest& contest, SplitMix& random) {
  const double quickest = quickest_of(contest, &ServerView::latency);
  Ranking ranking(random);
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    const double latency = believed(server.latency, server, contest.now);
    // Squared: by latency times load, slow servers are given work while quick ones still have
    // places to spare, and it is they that make the tail (see docs/balancing.md for figures).
    const double relative = latency > 0 ? latency / quickest : 1;
    ranking.offer(id, relative * relative * local_load(server));
  }
  return in_turn_of_quick(contest, ranking.choice("least time by load"), random);
}

}  // namespace brood
