// The strategies that go by what this balancer sees itself: requests in flight and latency.

#include <algorithm>
#include <limits>

#include "routing/load.hpp"
#include "routing/ranking.hpp"
#include "routing/strategies.hpp"

namespace brood {
namespace {

/// The lowest latency of all, 1 if none was measured. A server without a measurement is taken to
/// be as quick: it is tried soon, but not by everybody before its first answer.
double quickest_of(const Contest& contest, Duration ServerView::*latency) {
  double quickest = std::numeric_limits<double>::infinity();
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id];
    if (const double its = believed(server.*latency, server, contest.now); its > 0)
      quickest = std::min(quickest, its);
  }
  return quickest == std::numeric_limits<double>::infinity() ? 1 : quickest;
}

}  // namespace

Choice choose_least_connections(const Contest& contest, SplitMix& random) {
  Ranking ranking(random);
  for (const ServerId id : contest.candidates) ranking.offer(id, local_load(contest.servers[id]));
  return ranking.choice("least loaded");
}

Choice choose_of_two(const Contest& contest, SplitMix& random) {
  // Without replacement: of two servers, both are always looked at.
  const auto count = static_cast<std::uint32_t>(contest.candidates.size());
  const std::uint32_t first = random.below(count);
  std::uint32_t second = random.below(count - 1);
  if (second >= first) ++second;
  Ranking ranking;
  for (const std::uint32_t drawn : {first, second}) {
    const ServerId id = contest.candidates[drawn];
    ranking.offer(id, local_load(contest.servers[id]));
  }
  return ranking.choice("less loaded of two");
}

Choice choose_peak_ewma(const Contest& contest, SplitMix& random) {
  const double quickest = quickest_of(contest, &ServerView::latency_peak);
  Ranking ranking(random);
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id];
    const double latency = believed(server.latency_peak, server, contest.now);
    ranking.offer(id, (latency > 0 ? latency : quickest) * local_load(server));
  }
  return ranking.choice("lowest peak latency by load");
}

Choice choose_least_time(const Contest& contest, SplitMix& random) {
  const double quickest = quickest_of(contest, &ServerView::latency);
  Ranking ranking(random);
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id];
    const double latency = believed(server.latency, server, contest.now);
    // Squared: by latency times load, slow servers are given work while quick ones still have
    // places to spare, and it is they that make the tail (see docs/balancing.md for figures).
    const double relative = latency > 0 ? latency / quickest : 1;
    ranking.offer(id, relative * relative * local_load(server));
  }
  return ranking.choice("least time by load");
}

}  // namespace brood
