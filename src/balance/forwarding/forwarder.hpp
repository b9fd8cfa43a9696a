#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "balance/forwarding/acceptor.hpp"
#include "balance/forwarding/access_record.hpp"
#include "balance/forwarding/client_connection.hpp"
#include "balance/forwarding/forward_settings.hpp"
#include "balance/forwarding/shared_server.hpp"
#include "balance/routing/dispatcher.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/router.hpp"
#include "control/request_counters.hpp"
#include "net/loop.hpp"
#include "os/socket_address.hpp"

namespace brood {

/// A server as a forwarding thread needs it.
struct ForwardServer {
  ServerId id;
  ServerSettings settings;
  SocketAddress address;
  std::shared_ptr<SharedServer> shared;
};

/// What a forwarding thread tells the control thread. Each is called in the forwarding thread and
/// returns at once; rare, except where said.
class ForwardListener {
 public:
  virtual ~ForwardListener() = default;
  /// A client was accepted, has left. (Each of them: an atomic count.)
  virtual void accepted() = 0;
  virtual void closed() = 0;
  /// Whether somebody who has `open` clients has more than its share of all.
  virtual bool is_crowded(std::size_t open) const = 0;
  /// Whether one more client can be served: descriptors are left for its server and for probes.
  virtual bool has_room() = 0;
  virtual void saw(ServerId server, TrafficSign sign) = 0;
  /// Nothing is in hand any more at a server that was removed; what was logged of it has been told.
  virtual void left(ServerId server) = 0;
  /// Nobody could be reached: probes are wanted at once.
  virtual void found_nobody() = 0;
  virtual void logged(std::vector<AccessRecord> records) = 0;
  /// accept() fails for want of something of our own.
  virtual void cannot_accept(int error, Duration pause) = 0;
  /// After drain(): its last connection has ended.
  virtual void drained() = 0;
};

/// All that one forwarding thread has: loop, router, dispatcher, its clients. Made and destroyed in
/// the control thread, while the forwarding thread does not run; everything else happens in it.
class Forwarder {
 public:
  /// Makes a connection of the configured mode for a client that was accepted.
  using MakeClient = std::function<std::unique_ptr<ClientConnection>(Forwarder&, UniqueFd client,
                                                                     const SocketAddress& peer)>;

  Forwarder(const ForwardSettings& settings, std::span<const ForwardServer> servers,
            std::uint64_t seed, MakeClient make_client, ForwardListener& listener);

  Loop& loop() noexcept { return loop_; }
  Router& router() noexcept { return router_; }
  Dispatcher& dispatcher() noexcept { return dispatcher_; }
  const ForwardSettings& settings() const noexcept { return settings_; }
  const SocketAddress& address_of(ServerId server) const noexcept {
    return servers_[server.slot].address;
  }

  /// Where connections receive what they pass on at once; what is in it is anybody's.
  std::span<char> scratch() noexcept { return scratch_; }

  /// Who keeps something of each server is to be told when one is removed.
  void on_removed(std::function<void(ServerId)> told) { on_removed_ = std::move(told); }

  // --- What connections tell.

  /// Each attempt at a server has a sign; what is worth it goes to the control thread.
  void saw(ServerId server, TrafficSign sign);
  /// Nobody can be reached for a client.
  void found_nobody();
  /// A request is over, or a connection in mode tcp: it is counted, and has its line in the access
  /// log if there is one.
  void note(AccessRecord record);
  RequestCounters& counters() noexcept { return counters_; }
  /// Its life ends with this turn.
  void end(ClientConnection& connection);

  // --- What the control thread tells, by way of loop().post().

  void watch(int listening_fd);
  void add(const ForwardServer& server);
  void configure(ServerId server, const ServerSettings& settings);
  /// It finishes what it has, and is then forgotten.
  void remove(ServerId server);
  void set_available(ServerId server, bool is_available);
  /// It has its turn at this server, whose permits are shared with other threads.
  void take_turn(SharedServer& server);
  /// No new connections; the rest finish. What waits to be accepted is served.
  void drain();
  /// The loop runs no more: what is still in hand has its line in the access log, and all lines go
  /// to the listener. In the control thread.
  void cut();
  bool is_draining() const noexcept { return is_draining_; }
  std::size_t open() const noexcept { return connections_.size(); }

 private:
  friend class Acceptor;
  static constexpr std::size_t scratch_size = 64 * 1024;

  void admit(UniqueFd client, const SocketAddress& peer);

  /// Calls a member of the forwarder when its time has come.
  class Timer final : public Watcher {
   public:
    Timer(Forwarder& forwarder, void (Forwarder::*on_time)())
        : Watcher(forwarder.loop_), forwarder_(forwarder), on_time_(on_time) {}
    void on_event(std::uint32_t) override {}
    void on_deadline() override { (forwarder_.*on_time_)(); }

   private:
    Forwarder& forwarder_;
    void (Forwarder::*on_time_)();
  };
  /// A server, besides what the router has of it; kept in the same slot.
  struct Known {
    ServerId id;
    SocketAddress address;
    std::shared_ptr<SharedServer> shared;
    std::unique_ptr<ThreadPermits> permits;
    std::uint32_t failures = 0;  ///< In a row.
  };
  void know(const ForwardServer& server);
  void share_permits(ServerId server, const ServerSettings& settings);
  void leave(ServerId server);
  void review() { dispatcher_.review(loop_.now()); }
  void flush_log();

  ForwardSettings settings_;
  Loop loop_;
  Router router_;
  Dispatcher dispatcher_;
  MakeClient make_client_;
  ForwardListener& listener_;
  std::vector<Known> servers_;  ///< By slot.
  std::function<void(ServerId)> on_removed_;
  std::vector<char> scratch_ = std::vector<char>(scratch_size);
  RequestCounters counters_;
  std::vector<AccessRecord> records_;
  Timer log_timer_;     ///< The access log has been kept for long enough.
  Timer review_timer_;  ///< Somebody was worth waiting for until now.
  TimePoint found_nobody_at_;
  std::list<std::unique_ptr<ClientConnection>> connections_;
  std::list<Acceptor> acceptors_;
  bool is_draining_ = false;
};

}  // namespace brood
