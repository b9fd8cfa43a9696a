// The strategies that look at weights alone: round-robin and random.

#include "balance/routing/ranking.hpp"
#include "balance/routing/strategies.hpp"

namespace brood {

Choice choose_by_turns(const Contest& contest) {
  // Whoever would be the furthest behind its share after half a turn more (Webster's method of
  // apportionment): exact over time, and a heavy server's turns are spread among the others'.
  Ranking ranking;
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    ranking.offer(id, server.turns + 0.5 / server.weight);
  }
  return ranking.choice("its turn");
}

Choice choose_at_random(const Contest& contest, SplitMix& random) {
  double total = 0;
  for (const ServerId id : contest.candidates) total += contest.servers[id.slot].weight;
  double rest = random.unit() * total;
  ServerId drawn = contest.candidates.back();  // Where rounding leaves a little over.
  for (const ServerId id : contest.candidates) {
    rest -= contest.servers[id.slot].weight;
    if (rest >= 0) continue;
    drawn = id;
    break;
  }
  Ranking ranking;
  ranking.offer(drawn, 0);
  return ranking.choice("drawn at random");
}

}  // namespace brood
