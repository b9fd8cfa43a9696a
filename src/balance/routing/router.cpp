#include "balance/routing/router.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "balance/routing/load.hpp"
#include "balance/routing/patience.hpp"

namespace brood {
namespace {

// The order in which servers are considered: a lower rank is chosen only if nobody has a higher
// one, whether or not somebody has a permit. So a server that is full is waited for, not evaded by
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
  for (std::uint32_t slot = 0; slot < servers.size(); ++slot) {
    add(slot, servers[slot], TimePoint{});
    memories_[slot].has_verdict = false;
  }
}

Choice Router::choose(const RequestKey& key, std::span<const ServerId> tried, TimePoint now,
                      std::uint32_t waiting) {
  gather(tried, now);
  if (key.prefers != no_server) keep_preferred(key.prefers);
  if (candidates_.empty() && !full_.empty()) return wait({.reason = "all full", .is_full = true});
  SplitMix before = random_;
  Choice choice = choose_server(settings_, views_, candidates_, key, now, random_);
  if (before != random_) choice.draw = before.next();
  if (settings_.strategy == Strategy::least_time && !full_.empty()) {
    const auto until = wait_for_quicker(views_, choice.server, full_, waiting, now);
    if (until)
      return wait(
          {.reason = "a quicker one is worth waiting for", .is_full = true, .look_again = *until});
  }
  if (choice.is_turn) take_turn(choice.server.slot);
  return choice;
}

/// For those that are full now.
Choice Router::wait(const Choice& how) const {
  for (const ServerId id : full_)
    // Where it is our own bound that is reached, others' permits are of no use.
    if (memories_[id.slot].permits != nullptr && view(id).in_flight < view(id).limit)
      memories_[id.slot].permits->want();
  return how;
}

/// Start-time fair queueing (Goyal, Vin, Cheng 1996): who could not take part for a while goes on
/// where the others are, and does not get all that it missed at once.
void Router::take_turn(std::uint32_t slot) noexcept {
  ServerView& view = views_[slot];
  turn_ = std::max(turn_, view.turns);
  view.turns = turn_ + 1 / view.weight;
}

bool Router::has_permit(std::uint32_t slot) const {
  if (views_[slot].in_flight >= views_[slot].limit) return false;
  const SharedPermits* const permits = memories_[slot].permits;
  return permits == nullptr || permits->may_take();
}

/// Of those of the best rank: who has a permit, and who has none.
void Router::gather(std::span<const ServerId> tried, TimePoint now) {
  candidates_.clear();
  full_.clear();
  std::uint32_t best_rank = rank_nobody;
  for (std::uint32_t slot = 0; slot < views_.size(); ++slot) {
    const ServerView& view = views_[slot];
    if (!is_counted(slot)) continue;
    const ServerId id = memories_[slot].id;
    const std::uint32_t rank = rank_of(view, contains(tried, id), settings_.try_all);
    if (rank > best_rank || rank == rank_nobody) continue;
    if (rank < best_rank) {
      candidates_.clear();
      full_.clear();
      best_rank = rank;
    }
    age(slot, now);
    (has_permit(slot) ? candidates_ : full_).push_back(id);
    if (settings_.strategy != Strategy::round_robin)
      views_[slot].turns = std::max(view.turns, turn_);
  }
}

/// Nobody but this one, if it is among those that may be chosen or waited for.
void Router::keep_preferred(ServerId server) {
  const bool is_free = contains(candidates_, server);
  if (!is_free && !contains(full_, server)) return;
  candidates_.assign(is_free ? 1 : 0, server);
  full_.assign(is_free ? 0 : 1, server);
}

bool Router::has_other(std::span<const ServerId> tried) const noexcept {
  const bool is_any_available = std::any_of(
      views_.begin(), views_.end(), [](const ServerView& view) { return view.is_available; });
  const bool all_count = settings_.try_all && !is_any_available;
  for (std::uint32_t slot = 0; slot < views_.size(); ++slot)
    if ((views_[slot].is_available || all_count) && is_counted(slot) &&
        !contains(tried, memories_[slot].id))
      return true;
  return false;
}

bool Router::began(ServerId server, TimePoint) {
  ServerView& view = views_[server.slot];
  Memory& memory = memories_[server.slot];
  if (memory.permits != nullptr) {
    if (!memory.permits->take()) return false;
    ++memory.shared_taken;
  }
  ++view.in_flight;
  if (!memory.is_removed) ++in_flight_;
  if (settings_.strategy == Strategy::round_robin) view.turns += 1 / view.weight;
  ++view.sent_since_report;
  ++memory.given;
  view.has_idle = expects_idle(view);
  return true;
}

void Router::answering(ServerId server, Duration latency, TimePoint now) {
  usual_latency_ += (latency - usual_latency_) / 32;
  if (is_known(server)) measure(server.slot, latency, now);
}

ServerId Router::ended(ServerId server, Outcome outcome, Duration duration, TimePoint now) {
  ServerView& view = views_[server.slot];
  Memory& memory = memories_[server.slot];
  assert(view.in_flight > 0);
  --view.in_flight;
  if (!memory.is_removed) --in_flight_;
  if (memory.shared_taken > 0) {
    --memory.shared_taken;
    memory.permits->give_back();
  }
  view.has_idle = expects_idle(view);
  if (is_known(server)) note_outcome(server.slot, outcome, duration, now);
  return forget_if_idle(server.slot);
}

void Router::note_outcome(std::uint32_t slot, Outcome outcome, Duration duration, TimePoint now) {
  ServerView& view = views_[slot];
  if (outcome == Outcome::unanswered && duration > view.latency) measure(slot, duration, now);
  if (outcome != Outcome::failed && outcome != Outcome::broken_off) return;
  fade_failures(slot, now);
  view.failures += 1;
  // A failure may make a server look slow, never quick: it counts as what an answer usually takes.
  const Duration at_least = std::max(view.latency, usual_latency_);
  if (outcome == Outcome::broken_off) duration = at_least;
  if (at_least > Duration{0}) measure(slot, std::max(duration, at_least), now);
}

}  // namespace brood
