#pragma once
// One function a strategy, for strategy.cpp alone. Each is told of two candidates at least.

#include "balance/routing/strategy.hpp"

namespace brood {

/// What a choice is made from.
struct Contest {
  const RoutingSettings& settings;
  std::span<const ServerView> servers;
  std::span<const ServerId> candidates;
  const RequestKey& key;
  TimePoint now;
};

Choice choose_by_turns(const Contest& contest);
Choice choose_at_random(const Contest& contest, SplitMix& random);
Choice choose_least_connections(const Contest& contest, SplitMix& random);
Choice choose_of_two(const Contest& contest, SplitMix& random);
Choice choose_peak_ewma(const Contest& contest, SplitMix& random);
Choice choose_least_time(const Contest& contest, SplitMix& random);
Choice choose_least_entries(const Contest& contest);
Choice choose_hot_or_cold(const Contest& contest, SplitMix& random);
Choice choose_by_hash(const Contest& contest);

}  // namespace brood
