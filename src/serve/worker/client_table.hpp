#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "net/socket.hpp"
#include "serve/worker/conversation.hpp"

namespace brood {

/// A connection of an event-driven worker. Between two requests it is this and nothing more.
struct Client {
  Socket socket;  ///< None: the place is free.
  std::uint32_t generation = 0;
  std::unique_ptr<Conversation> conversation;  ///< Lent while anything is in hand.
  TimePoint deadline;                          ///< For its first head.
  std::unique_ptr<const Peer> introduced;  ///< By a proxy; with the conversation while it is lent.
  Awaited::What awaited = Awaited::What::request;
  bool is_kept = false;
  bool is_watched = false;  ///< By the loop; not before it waits for the first time.
  bool watches_output = false;
};

/// A worker's connections, each known by a number while it is open, and the conversations that
/// are lent to those which have something in hand.
class ClientTable {
 public:
  explicit ClientTable(WorkerContext& context) : context_(context) {}

  /// \return its number: the lowest ones are used again first.
  std::uint32_t open(UniqueFd fd, TimePoint deadline);
  void close(std::uint32_t id) noexcept;

  Client& at(std::uint32_t id) noexcept { return clients_[id]; }
  /// Nobody if it has been closed since.
  Client* find(std::uint32_t id, std::uint32_t generation) noexcept;
  /// How many numbers have been used; some of their places may be free.
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(clients_.size()); }

  /// Lends it a conversation, if it has none, which goes on where this connection is.
  Conversation& engage(Client& client);
  /// Takes the conversation back: nothing is in hand.
  void park(Client& client) noexcept;

 private:
  WorkerContext& context_;
  std::deque<Client> clients_;
  std::vector<std::uint32_t> free_;
  std::vector<std::unique_ptr<Conversation>> spare_;
};

}  // namespace brood
