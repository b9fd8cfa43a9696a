#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "balance/forwarding/forwarder.hpp"

namespace brood {

class Balancer;

/// What all forwarding threads count together.
struct SharedCounters {
  std::uint32_t threads = 1;
  std::atomic<std::uint64_t> accepted{0};  ///< Clients, since start.
  std::atomic<std::uint64_t> open{0};      ///< Of these, still there.
  std::uint64_t open_max = ~0ULL;          ///< That there are descriptors for.
  std::atomic<bool> was_full{false};
  std::atomic<std::uint64_t> wake_at{~0ULL};  ///< So many accepted make probes due.
  std::atomic<bool> is_waking{false};         ///< The control thread has been told.
};

/// What a forwarding thread shows of itself in a dump.
struct ThreadReport {
  std::size_t open = 0;
  std::uint32_t queued = 0;
  std::uint32_t placed = 0;
  std::uint64_t given = 0;  ///< Since start.
  struct Server {
    ServerId id;
    ServerView view;
    std::uint64_t given = 0;
    double slow_start = 1;
  };
  std::vector<Server> servers;
  std::vector<RoutingDecision> decisions;
  RequestCounters counters;
};

/// A forwarding thread as the control thread has it: the thread, its Forwarder, and the way back.
class ForwardingThread final : public ForwardListener {
 public:
  ForwardingThread(Balancer& balancer, const ForwardSettings& settings,
                   std::span<const ForwardServer> servers, std::uint64_t seed,
                   Forwarder::MakeClient make_client);

  Forwarder& forwarder() noexcept { return forwarder_; }

  /// With all signals blocked: they are the control thread's.
  Result<void> start(std::span<const int> listening_fds);
  /// Ends the thread, whatever it has in hand, which is logged(). \return clients that were still
  /// there.
  std::size_t stop();

  /// Runs `task` in the forwarding thread.
  void tell(std::function<void(Forwarder&)> task);

  // --- In the forwarding thread.
  void accepted() override;
  void closed() override;
  bool is_crowded(std::size_t open) const override;
  bool has_room() override;
  void saw(ServerId server, TrafficSign sign) override;
  void left(ServerId server) override;
  void found_nobody() override;
  void logged(std::vector<AccessRecord> records) override;
  void cannot_accept(int error, Duration pause) override;
  void drained() override;

  bool is_drained = false;  ///< In the control thread.

 private:
  Balancer& balancer_;
  Forwarder forwarder_;
  std::thread thread_;
};

/// In the forwarding thread.
ThreadReport report_of(Forwarder& forwarder);

}  // namespace brood
