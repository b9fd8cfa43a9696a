#include "routing/router.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "routing/hash.hpp"
#include "routing/load.hpp"
#include "routing/patience.hpp"

namespace brood {
namespace {

// The order in which servers are considered: a lower rank is chosen only if nobody has a higher
// one, whether or not somebody has a place. So a server that is full is waited for, not evaded by
// way of a backup or of a server that has just failed this request.
constexpr std::uint32_t rank_nobody = 6;

std::uint32_t rank_of(const ServerView& view, bool was_tried, bool try_all) noexcept {
  if (!view.is_available) return try_all ? 4U + was_tried : rank_nobody;
  return 2U * was_tried + view.is_backup;
}

bool contains(std::span<const ServerId> ids, ServerId id) noexcept {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Router::Router(const RoutingSettings& settings, std::vector<ServerSettings> servers,
               std::uint64_t seed)
    : settings_(settings), random_(seed) {
  servers_.reserve(servers.size());
  for (ServerSettings& server : servers) add(std::move(server));
  for (Memory& memory : memories_) memory.has_verdict = false;
}

ServerId Router::add(ServerSettings server) {
  const ServerId id = size();
  views_.push_back({.is_backup = server.is_backup,
                    .identity = hash_of(server.name),
                    .weight = static_cast<double>(server.weight)});
  servers_.push_back(std::move(server));
  memories_.push_back({.has_verdict = true});  // Whoever comes while others serve starts slowly.
  candidates_.reserve(views_.size());
  full_.reserve(views_.size());
  refresh_places();
  refresh(id, TimePoint{});
  return id;
}

Choice Router::choose(const RequestKey& key, std::span<const ServerId> tried, TimePoint now,
                      std::uint32_t waiting) {
  gather(tried, now);
  if (candidates_.empty() && !full_.empty()) return {.reason = "all full", .is_full = true};
  SplitMix before = random_;
  Choice choice = choose_server(settings_, views_, candidates_, key, now, random_);
  if (before != random_) choice.draw = before.next();
  if (settings_.strategy != Strategy::least_time || full_.empty()) return choice;
  const auto until = wait_for_quicker(views_, choice.server, full_, waiting, now);
  if (!until) return choice;
  return {.reason = "a quicker one is worth waiting for", .is_full = true, .look_again = *until};
}

/// Of those of the best rank: who has a place, and who has none.
void Router::gather(std::span<const ServerId> tried, TimePoint now) {
  candidates_.clear();
  full_.clear();
  std::uint32_t best_rank = rank_nobody;
  for (ServerId id = 0; id < views_.size(); ++id) {
    const ServerView& view = views_[id];
    const std::uint32_t rank = rank_of(view, contains(tried, id), settings_.try_all);
    if (rank > best_rank || rank == rank_nobody) continue;
    if (rank < best_rank) {
      candidates_.clear();
      full_.clear();
      best_rank = rank;
    }
    age(id, now);
    (view.in_flight < view.limit ? candidates_ : full_).push_back(id);
  }
}

bool Router::has_other(std::span<const ServerId> tried) const noexcept {
  const bool is_any_available = std::any_of(
      views_.begin(), views_.end(), [](const ServerView& view) { return view.is_available; });
  const bool all_count = settings_.try_all && !is_any_available;
  for (ServerId id = 0; id < views_.size(); ++id)
    if ((views_[id].is_available || all_count) && !contains(tried, id)) return true;
  return false;
}

void Router::began(ServerId server, TimePoint) {
  ServerView& view = views_[server];
  ++view.in_flight;
  ++in_flight_;
  view.turns += 1 / view.weight;
  ++view.sent_since_report;
  view.has_idle = expects_idle(view);
}

void Router::answering(ServerId server, Duration latency, TimePoint now) {
  measure(server, latency, now);
}

void Router::ended(ServerId server, Outcome outcome, Duration duration, TimePoint now) {
  ServerView& view = views_[server];
  assert(view.in_flight > 0);
  --view.in_flight;
  --in_flight_;
  view.has_idle = expects_idle(view);
  if (outcome == Outcome::answered) usual_duration_ += (duration - usual_duration_) / 32;
  if (outcome == Outcome::unanswered && duration > view.latency) measure(server, duration, now);
  if (outcome != Outcome::failed) return;
  fade_failures(server, now);
  view.failures += 1;
  // A failure may make a server look slow, never quick: it counts as what an answer usually takes.
  const Duration at_least = std::max(view.latency, usual_duration_);
  if (at_least > Duration{0}) measure(server, std::max(duration, at_least), now);
}

}  // namespace brood
