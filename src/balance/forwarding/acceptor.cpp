#include "balance/forwarding/acceptor.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "balance/forwarding/forwarder.hpp"
#include "os/shortage.hpp"

namespace brood {
namespace {

constexpr Duration backoff_first = std::chrono::milliseconds{10};
constexpr Duration backoff_max = std::chrono::seconds{1};
/// Who has more than its share leaves the queue for so long: the kernel wakes who is first in it.
constexpr Duration way_given = std::chrono::milliseconds{1};
/// Until a full balancer looks whether other threads' clients have left.
constexpr Duration room_look_interval = std::chrono::milliseconds{250};
/// At one wake-up; more would keep the clients who are there waiting.
constexpr int batch = 8;

}  // namespace

Acceptor::Acceptor(Forwarder& forwarder, int listening_fd)
    : Watcher(forwarder.loop()), forwarder_(forwarder), listening_fd_(listening_fd) {
  on_deadline();
}

void Acceptor::on_event(std::uint32_t) {
  for (int count = 0; count < batch && watches_ && has_room() && accept_one(); ++count)
    if (forwarder_.listener_.is_crowded(forwarder_.open())) return pause(way_given);
}

/// Clients whose servers could not be reached for want of descriptors wait in the kernel's queue
/// instead. Those of other threads make no noise when they leave.
bool Acceptor::has_room() {
  if (forwarder_.listener_.has_room()) return true;
  awaits_room_ = true;
  pause(room_look_interval);
  return false;
}

void Acceptor::room_was_made() {
  if (!awaits_room_) return;
  loop().set_deadline(*this, never);
  on_deadline();
}

/// The pause is over.
void Acceptor::on_deadline() {
  awaits_room_ = false;
  watches_ = loop().watch_shared(listening_fd_, *this);
  if (!watches_) pause(backoff_max);
}

bool Acceptor::accept_one() {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  UniqueFd client{::accept4(listening_fd_, peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (client) {
    backoff_ = Duration{0};
    forwarder_.admit(std::move(client), peer);
    return true;
  }
  // It stays in the kernel's queue; to ask again at once would only spin.
  if (const int error = errno; is_shortage(error)) {
    backoff_ = std::clamp(backoff_ * 2, backoff_first, backoff_max);
    forwarder_.listener_.cannot_accept(error, backoff_);
    pause(backoff_);
  }
  return false;
}

void Acceptor::pause(Duration pause) {
  loop().unwatch(listening_fd_);
  watches_ = false;
  loop().set_deadline(*this, loop().now() + pause);
}

void Acceptor::finish() {
  while (accept_one()) continue;
  loop().unwatch(listening_fd_);
  watches_ = awaits_room_ = false;
  loop().set_deadline(*this, never);
}

}  // namespace brood
