#include "serve/worker/client_table.hpp"

#include "net/epoll.hpp"

namespace brood {
namespace {

/// Conversations that are kept for the next ones, with their memory.
constexpr std::size_t spare_max = 8;

}  // namespace

std::uint32_t ClientTable::open(UniqueFd fd, TimePoint deadline) {
  if (free_.empty()) {
    free_.push_back(size());
    clients_.emplace_back();
  }
  const std::uint32_t id = free_.back();
  free_.pop_back();
  Client& client = clients_[id];
  client.socket = Socket(std::move(fd));
  client.deadline = deadline;
  client.awaited = Awaited::What::request;
  client.is_kept = client.is_watched = client.watches_output = false;
  return id;
}

void ClientTable::close(std::uint32_t id) noexcept {
  Client& client = clients_[id];
  park(client);
  client.socket = Socket{};
  client.introduced.reset();
  client.generation = (client.generation + 1) & EventTag::generation_mask;
  free_.push_back(id);
}

Client* ClientTable::find(std::uint32_t id, std::uint32_t generation) noexcept {
  if (id >= clients_.size()) return nullptr;
  Client& client = clients_[id];
  return client.socket && client.generation == generation ? &client : nullptr;
}

Conversation& ClientTable::engage(Client& client) {
  if (client.conversation) return *client.conversation;
  if (spare_.empty()) spare_.push_back(std::make_unique<Conversation>(context_));
  client.conversation = std::move(spare_.back());
  spare_.pop_back();
  const Duration patience = context_.settings.keep_alive_timeout;
  client.conversation->start(client.socket, client.is_kept,
                             client.is_kept ? context_.now + patience : client.deadline,
                             std::move(client.introduced));
  return *client.conversation;
}

void ClientTable::park(Client& client) noexcept {
  if (!client.conversation) return;
  client.introduced = client.conversation->take_introduced();
  if (spare_.size() < spare_max) spare_.push_back(std::move(client.conversation));
  client.conversation.reset();
}

}  // namespace brood
