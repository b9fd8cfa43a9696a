#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "balance/routing/server.hpp"

namespace brood {

/// What an event has done to a ServerSet.
struct ServerChange {
  enum class Kind : std::uint8_t {
    none,
    added,      ///< It has an id that none had before, and nothing is known of it.
    updated,    ///< Its description is another one; what is known of it stays.
    removed,    ///< It gets nothing new, and finishes what it has. Its id is still its own.
    forgotten,  ///< It has nothing left: nobody speaks of it any more.
  };
  Kind kind = Kind::none;
  ServerId id;

  friend bool operator==(const ServerChange&, const ServerChange&) = default;
};

/// The servers that a balancer stands in front of, whoever names them: a configuration that was
/// read, a control command, discovery. Events go in, changes come out, and all who keep something
/// of each server follow these.
///
///   (nobody) --put--> wanted --remove--> leaving --each holder has left--> forgotten
///                        ^                  |
///                        +-------put--------+   under a new id, in the same slot
///
/// Several may hold requests at a server, each counting its own: the forwarding threads. A slot is
/// given to another server when all of them have left the one that had it. One that comes back
/// before that is as new, but keeps its slot: what is in flight there counts against its bounds.
class ServerSet {
 public:
  /// \param holders How many have to say left() of a server that is removed.
  explicit ServerSet(std::uint32_t holders) noexcept : holders_(holders) {}

  /// It is wanted, and as it is described here: added or updated, or nothing has changed.
  ServerChange put(const BalancedServer& server);
  /// It is not wanted any more.
  ServerChange remove(const Endpoint& endpoint);
  /// These are wanted and no others. \return what that changes, in their order; then who goes.
  std::vector<ServerChange> replace(const std::vector<BalancedServer>& servers);
  /// One of the holders has nothing in hand at a removed server, and says it once. Of one that has
  /// come back since, it says nothing.
  ServerChange left(ServerId id);

  /// Wanted or leaving. \return null: it is forgotten, or has come back under another id.
  const BalancedServer* find(ServerId id) const noexcept;
  bool is_wanted(ServerId id) const noexcept;
  std::uint32_t wanted_count() const noexcept { return wanted_count_; }
  /// As it was given; of one that is forgotten too, for as long as nobody else has its slot.
  std::string_view name_of(ServerId id) const noexcept;
  /// Wanted and leaving, in the order of slots.
  std::vector<ServerId> ids() const;
  /// How many slots there are: as many as there were servers at once.
  std::size_t slots() const noexcept { return members_.size(); }

 private:
  enum class State : std::uint8_t { wanted, leaving, forgotten };
  struct Member {
    ServerId id;
    BalancedServer server;
    State state = State::wanted;
    std::uint32_t holding = 0;           ///< Holders that have not left it.
    std::uint32_t first_generation = 0;  ///< Under which it came into its slot.
  };

  Member* member_at(const Endpoint& endpoint) noexcept;
  Member* member_of(ServerId id) noexcept;
  const Member* member_of(ServerId id) const noexcept;
  ServerChange add(Member& member);
  Member& free_member();

  std::uint32_t holders_;
  std::uint32_t wanted_count_ = 0;
  std::vector<Member> members_;     ///< By slot.
  std::deque<std::uint32_t> free_;  ///< Slots, the one that has been free for the longest first.
};

}  // namespace brood
