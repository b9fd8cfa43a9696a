// The strategies that go by what this balancer sees itself: requests in flight and latency.

#include <algorithm>
#include <limits>

#include "routing/load.hpp"
#include "routing/ranking.hpp"
#include "routing/strategies.hpp"

namespace brood {

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

Choice choose_by_latency(const Contest& contest, SplitMix& random) {
  // A server without a measurement is taken to be as quick as the quickest: it is tried soon, but
  // not by everybody before its first answer.
  double quickest = std::numeric_limits<double>::infinity();
  for (const ServerId id : contest.candidates)
    if (const double latency = expected_latency(contest.servers[id], contest.now); latency > 0)
      quickest = std::min(quickest, latency);
  if (quickest == std::numeric_limits<double>::infinity()) quickest = 1;

  Ranking ranking(random);
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id];
    const double latency = expected_latency(server, contest.now);
    ranking.offer(id, (latency > 0 ? latency : quickest) * local_load(server));
  }
  return ranking.choice("lowest latency by load");
}

}  // namespace brood
