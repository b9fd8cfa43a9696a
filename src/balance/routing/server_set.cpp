#include "balance/routing/server_set.hpp"

#include <algorithm>
#include <utility>

namespace brood {
namespace {

using Kind = ServerChange::Kind;

}  // namespace

ServerChange ServerSet::put(const BalancedServer& server) {
  Member* const member = member_at(server.endpoint);
  if (member == nullptr) {
    Member& fresh = free_member();
    fresh.server = server;
    fresh.first_generation = fresh.id.generation;
    return add(fresh);
  }
  const bool is_same = member->server == server;
  member->server = server;
  if (member->state == State::leaving) {
    ++member->id.generation;
    return add(*member);
  }
  return is_same ? ServerChange{} : ServerChange{Kind::updated, member->id};
}

ServerChange ServerSet::add(Member& member) {
  member.state = State::wanted;
  ++wanted_count_;
  return {Kind::added, member.id};
}

ServerChange ServerSet::remove(const Endpoint& endpoint) {
  Member* const member = member_at(endpoint);
  if (member == nullptr || member->state != State::wanted) return {};
  member->state = State::leaving;
  member->holding = holders_;
  --wanted_count_;
  return {Kind::removed, member->id};
}

std::vector<ServerChange> ServerSet::replace(const std::vector<BalancedServer>& servers) {
  std::vector<ServerChange> changes;
  const auto take = [&](const ServerChange& change) {
    if (change.kind != Kind::none) changes.push_back(change);
  };
  for (const BalancedServer& server : servers) take(put(server));
  for (const Member& member : members_) {
    const Endpoint& endpoint = member.server.endpoint;
    if (std::ranges::find(servers, endpoint, &BalancedServer::endpoint) == servers.end())
      take(remove(endpoint));
  }
  return changes;
}

ServerChange ServerSet::left(ServerId id) {
  Member* const member = member_of(id);
  if (member == nullptr || member->state != State::leaving || --member->holding > 0) return {};
  member->state = State::forgotten;
  free_.push_back(id.slot);
  return {Kind::forgotten, id};
}

const BalancedServer* ServerSet::find(ServerId id) const noexcept {
  const Member* const member = member_of(id);
  return member != nullptr ? &member->server : nullptr;
}

bool ServerSet::is_wanted(ServerId id) const noexcept {
  const Member* const member = member_of(id);
  return member != nullptr && member->state == State::wanted;
}

std::string_view ServerSet::name_of(ServerId id) const noexcept {
  if (id.slot >= members_.size()) return "none";
  const Member& member = members_[id.slot];
  const bool is_it = id.generation >= member.first_generation;
  return is_it ? std::string_view(member.server.settings.name) : "forgotten";
}

std::vector<ServerId> ServerSet::ids() const {
  std::vector<ServerId> ids;
  for (const Member& member : members_)
    if (member.state != State::forgotten) ids.push_back(member.id);
  return ids;
}

ServerSet::Member* ServerSet::member_at(const Endpoint& endpoint) noexcept {
  const auto at = std::ranges::find_if(members_, [&](const Member& member) {
    return member.state != State::forgotten && member.server.endpoint == endpoint;
  });
  return at != members_.end() ? &*at : nullptr;
}

const ServerSet::Member* ServerSet::member_of(ServerId id) const noexcept {
  if (id.slot >= members_.size()) return nullptr;
  const Member& member = members_[id.slot];
  return member.id == id && member.state != State::forgotten ? &member : nullptr;
}

ServerSet::Member* ServerSet::member_of(ServerId id) noexcept {
  return const_cast<Member*>(std::as_const(*this).member_of(id));
}

/// With an id that has not been given before: four billion servers in one slot, one each second,
/// are a hundred years.
ServerSet::Member& ServerSet::free_member() {
  if (free_.empty()) {
    Member& member = members_.emplace_back();
    member.id = static_cast<std::uint32_t>(members_.size() - 1);
    return member;
  }
  Member& member = members_[free_.front()];
  free_.pop_front();
  ++member.id.generation;
  return member;
}

}  // namespace brood
