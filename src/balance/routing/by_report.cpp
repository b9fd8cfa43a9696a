// The strategies that go by what the servers report: the course's, and Prequal's (Wydrowski et al.,
// "Load is not what you should balance: Introducing Prequal", NSDI 2024).

#include <algorithm>
#include <array>

#include "balance/routing/load.hpp"
#include "balance/routing/ranking.hpp"
#include "balance/routing/strategies.hpp"

namespace brood {
namespace {

constexpr std::size_t pool_size = 16;  ///< Of reports that are compared, as in the paper.
constexpr double hot_quantile = 0.84;  ///< Q_RIF: above this quantile of loads a server is hot.

/// One report of the pool, brought up to date by what this balancer has sent since.
struct PoolEntry {
  ServerId server = no_server;
  double load = 0;
  double latency = 0;  ///< 0: unknown.
};

PoolEntry entry_of(const ServerView& server, ServerId id, TimePoint now) {
  const bool has_latency = server.reported.is_detailed && server.reported.latency > Duration{0};
  return {.server = id,
          .load = load_with_one_more(server, server.others + server.in_flight),
          .latency = has_latency ? static_cast<double>(server.reported.latency.count())
                                 : believed(server.latency_peak, server, now)};
}

/// A report that has been acted on twice has told what it had to tell.
constexpr std::uint32_t report_uses_max = 2;

/// Of those whose reports are still good, all, or as many as the pool holds, drawn without
/// replacement: many balancers with the same reports must not all run to the same server. Where
/// requests come much faster than reports, nobody's is good, and all are taken.
std::span<PoolEntry> draw_pool(const Contest& contest, std::array<PoolEntry, pool_size>& pool,
                               SplitMix& random) {
  const auto is_good = [&](ServerId id) {
    const ServerView& server = contest.servers[id.slot];
    return server.reported_at != TimePoint{} && server.sent_since_report < report_uses_max;
  };
  auto left = static_cast<std::uint32_t>(std::ranges::count_if(contest.candidates, is_good));
  const bool takes_all = left < 2;
  if (takes_all) left = static_cast<std::uint32_t>(contest.candidates.size());
  const std::size_t wanted = std::min<std::size_t>(pool.size(), left);
  std::size_t drawn = 0;
  // Selection sampling (Knuth, TAOCP volume 2, 3.4.2, algorithm S).
  for (const ServerId id : contest.candidates) {
    if (drawn == wanted) break;
    if (!takes_all && !is_good(id)) continue;
    if (random.below(left--) < wanted - drawn)
      pool[drawn++] = entry_of(contest.servers[id.slot], id, contest.now);
  }
  return {pool.data(), drawn};
}

double threshold_of(std::span<const PoolEntry> pool) {
  std::array<double, pool_size> loads{};
  for (std::size_t i = 0; i < pool.size(); ++i) loads[i] = pool[i].load;
  const auto at = static_cast<std::ptrdiff_t>(hot_quantile * static_cast<double>(pool.size() - 1));
  const auto end = loads.begin() + static_cast<std::ptrdiff_t>(pool.size());
  std::nth_element(loads.begin(), loads.begin() + at, end);
  return loads[static_cast<std::size_t>(at)];
}

/// By whole numbers: entries of 64 bits do not all fit a double.
bool is_better(const ServerView& a, const ServerView& b) noexcept {
  const bool is_a_reported = a.reported_at != TimePoint{};
  const bool is_b_reported = b.reported_at != TimePoint{};
  if (is_a_reported != is_b_reported) return is_a_reported;
  if (a.reported.entries != b.reported.entries) return a.reported.entries < b.reported.entries;
  return a.reported.errors < b.reported.errors;
}

}  // namespace

Choice choose_least_entries(const Contest& contest) {
  Choice choice{.reason = "fewest entries"};
  for (const ServerId id : contest.candidates) {
    const ServerView& server = contest.servers[id.slot];
    std::uint32_t place = choice.candidate_count;
    while (place > 0 &&
           is_better(server, contest.servers[choice.candidates[place - 1].server.slot]))
      --place;
    insert_ranked(choice, place,
                  {.server = id, .score = static_cast<double>(server.reported.entries)});
  }
  choice.server = choice.candidates.front().server;
  return choice;
}

Choice choose_hot_or_cold(const Contest& contest, SplitMix& random) {
  std::array<PoolEntry, pool_size> memory;
  const std::span<PoolEntry> pool = draw_pool(contest, memory, random);
  const double threshold = threshold_of(pool);
  Ranking ranking(random);
  for (const PoolEntry& entry : pool)
    if (entry.load <= threshold) ranking.offer(entry.server, entry.latency);
  return ranking.choice("quickest of the not hot");
}

}  // namespace brood
