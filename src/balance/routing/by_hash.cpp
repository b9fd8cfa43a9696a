// Consistent hashing with bounded load: rendezvous hashing (Thaler and Ravishankar, 1998) with
// weights, and the bound of Mirrokni, Thorup and Zadimoghaddam (2018).

#include <cmath>

#include "balance/routing/ranking.hpp"
#include "balance/routing/strategies.hpp"

namespace brood {
namespace {

/// How strongly a key is drawn to a server: the lowest of all wins. By it each server gets keys in
/// proportion to its weight, and a server that comes or goes moves no key between two others.
double distance(const ServerView& server, const RequestKey& key) noexcept {
  const double unit = SplitMix{server.identity ^ key.hash}.unit();
  return -std::log1p(-unit) / server.weight;
}

}  // namespace

Choice choose_by_hash(const Contest& contest) {
  double total_weight = 0;
  double total_load = 1;  // The request that asks.
  for (const ServerId id : contest.candidates) {
    total_weight += contest.servers[id.slot].weight;
    total_load += contest.servers[id.slot].in_flight;
  }
  const double bound_of_one = contest.settings.hash_balance * total_load / total_weight;

  Ranking all;
  Ranking within_bound;
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    const double score = distance(server, contest.key);
    all.offer(id, score);
    if (server.in_flight < std::ceil(bound_of_one * server.weight)) within_bound.offer(id, score);
  }
  const Choice nearest = all.choice("nearest by hash");
  const Choice nearest_within = within_bound.choice("nearest by hash below its bound");
  if (nearest_within.server == no_server) return nearest;
  return nearest_within.server == nearest.server ? nearest : nearest_within;
}

}  // namespace brood
