#include "balance/routing/strategy.hpp"

#include "balance/routing/strategies.hpp"

namespace brood {

std::optional<Strategy> strategy_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < strategy_names.size(); ++i)
    if (strategy_names[i] == name) return static_cast<Strategy>(i);
  return std::nullopt;
}

Choice choose_server(const RoutingSettings& settings, std::span<const ServerView> servers,
                     std::span<const ServerId> candidates, const RequestKey& key, TimePoint now,
                     SplitMix& random) {
  if (candidates.empty()) return {.reason = "none available"};
  if (candidates.size() == 1) {
    Choice choice{.server = candidates.front(), .reason = "the only one", .candidate_count = 1};
    choice.candidates.front() = {.server = candidates.front()};
    return choice;
  }
  const Contest contest{settings, servers, candidates, key, now};
  switch (settings.strategy) {
    case Strategy::round_robin: return choose_by_turns(contest);
    case Strategy::random: return choose_at_random(contest, random);
    case Strategy::least_connections: return choose_least_connections(contest, random);
    case Strategy::two_choices: return choose_of_two(contest, random);
    case Strategy::peak_ewma: return choose_peak_ewma(contest, random);
    case Strategy::least_time: return choose_least_time(contest, random);
    case Strategy::least_entries: return choose_least_entries(contest);
    case Strategy::prequal: return choose_hot_or_cold(contest, random);
    case Strategy::hash: return choose_by_hash(contest);
  }
  return {.reason = "none available"};
}

}  // namespace brood
