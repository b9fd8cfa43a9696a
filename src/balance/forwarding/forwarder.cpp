#include "balance/forwarding/forwarder.hpp"

#include <utility>

namespace brood {
namespace {

/// Lines of the access log that are kept, and for how long, before they are handed on together.
constexpr std::size_t records_max = 128;
constexpr Duration records_kept = std::chrono::milliseconds{100};

/// Failures in a row that are told one by one; from there on each 256th: nothing new is in them.
constexpr std::uint32_t failures_told = 64;

/// A probe that was just asked for need not be asked for again.
constexpr Duration found_nobody_pause = std::chrono::milliseconds{20};

std::vector<ServerSettings> settings_of(std::span<const ForwardServer> servers) {
  std::vector<ServerSettings> settings;
  for (const ForwardServer& server : servers) settings.push_back(server.settings);
  return settings;
}

}  // namespace

Forwarder::Forwarder(const ForwardSettings& settings, std::span<const ForwardServer> servers,
                     std::uint64_t seed, MakeClient make_client, ForwardListener& listener)
    : settings_(settings),
      router_(settings.routing, settings_of(servers), seed),
      dispatcher_(
          router_, settings.limits, [this](TimePoint at) { loop_.set_deadline(review_timer_, at); },
          [this](ServerId server) { leave(server); }),
      make_client_(std::move(make_client)),
      listener_(listener),
      log_timer_(*this, &Forwarder::flush_log),
      review_timer_(*this, &Forwarder::review) {
  for (const ForwardServer& server : servers) know(server);
}

void Forwarder::know(const ForwardServer& server) {
  if (server.id.slot >= servers_.size()) servers_.resize(server.id.slot + 1);
  // The router lets go of the old permits below, before they are gone.
  auto permits = std::make_unique<ThreadPermits>(*server.shared, settings_.thread);
  std::swap(servers_[server.id.slot].permits, permits);
  servers_[server.id.slot].id = server.id;
  servers_[server.id.slot].address = server.address;
  servers_[server.id.slot].shared = server.shared;
  servers_[server.id.slot].failures = 0;
  share_permits(server.id, server.settings);
}

/// Only where there are others, and a bound.
void Forwarder::share_permits(ServerId server, const ServerSettings& settings) {
  const bool is_shared = settings_.routing.sharers > 1 && settings.max > 0;
  router_.share_permits(server, is_shared ? servers_[server.slot].permits.get() : nullptr);
}

/// All of its threads' lines of the access log go before it, as nobody knows it afterwards.
void Forwarder::leave(ServerId server) {
  flush_log();
  servers_[server.slot] = {};
  listener_.left(server);
}

void Forwarder::saw(ServerId server, TrafficSign sign) {
  Known& known = servers_[server.slot];
  if (known.id != server) return;  // It is removed: nobody wants to know.
  if (sign == TrafficSign::answered) {
    const bool is_asked_for = known.shared->take_answer();
    if (std::exchange(known.failures, 0) > 0 || is_asked_for) listener_.saw(server, sign);
    return;
  }
  ++known.failures;
  if (known.failures <= failures_told || known.failures % 256 == 0) listener_.saw(server, sign);
}

void Forwarder::found_nobody() {
  if (loop_.now() < found_nobody_at_ + found_nobody_pause) return;
  found_nobody_at_ = loop_.now();
  listener_.found_nobody();
}

void Forwarder::note(AccessRecord record) {
  counters_.count(record.status);
  counters_.retries += record.retries;
  counters_.bytes_in += record.bytes_in;
  counters_.bytes_out += record.bytes_out;
  if (!settings_.has_access_log) return;
  if (records_.empty()) loop_.set_deadline(log_timer_, loop_.now() + records_kept);
  records_.push_back(std::move(record));
  if (records_.size() >= records_max) flush_log();
}

void Forwarder::flush_log() {
  loop_.set_deadline(log_timer_, never);
  if (!records_.empty()) listener_.logged(std::exchange(records_, {}));
}

void Forwarder::watch(int listening_fd) {
  acceptors_.emplace_back(*this, listening_fd);
}

void Forwarder::add(const ForwardServer& server) {
  router_.add(server.id, server.settings, loop_.now());
  know(server);
}

void Forwarder::configure(ServerId server, const ServerSettings& settings) {
  router_.configure(server, settings, loop_.now());
  share_permits(server, settings);
  review();
}

void Forwarder::remove(ServerId server) {
  if (on_removed_) on_removed_(server);
  dispatcher_.remove(server, loop_.now());
}

void Forwarder::set_available(ServerId server, bool is_available) {
  servers_[server.slot].failures = 0;  // From here on each is news again.
  router_.set_available(server, is_available, loop_.now());
  review();
}

void Forwarder::take_turn(SharedServer& server) {
  review();
  server.decline(settings_.thread);
}

void Forwarder::admit(UniqueFd client, const SocketAddress& peer) {
  listener_.accepted();
  connections_.push_front(make_client_(*this, std::move(client), peer));
  ClientConnection& connection = *connections_.front();
  connection.place_ = connections_.begin();
  connection.start();
}

void Forwarder::end(ClientConnection& connection) {
  loop_.bury(std::move(*connection.place_));
  connections_.erase(connection.place_);
  listener_.closed();
  for (Acceptor& acceptor : acceptors_) acceptor.room_was_made();
  if (!is_draining_ || !connections_.empty()) return;
  flush_log();
  listener_.drained();
}

void Forwarder::cut() {
  for (const auto& connection : connections_) connection->cut("cut: the balancer has stopped");
  flush_log();
}

void Forwarder::drain() {
  if (is_draining_) return;
  for (Acceptor& acceptor : acceptors_) acceptor.finish();
  is_draining_ = true;
  if (connections_.empty()) {
    flush_log();
    return listener_.drained();
  }
  // Whoever ends leaves the list.
  for (auto next = connections_.begin(); next != connections_.end();) (*next++)->drain();
}

}  // namespace brood
