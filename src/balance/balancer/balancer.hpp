#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "balance/balancer/forwarding_thread.hpp"
#include "balance/forwarding/forward_settings.hpp"
#include "balance/forwarding/shared_server.hpp"
#include "balance/health/prober.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/per_server.hpp"
#include "balance/routing/probe_plan.hpp"
#include "balance/routing/server_set.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "control/balancer_status.hpp"
#include "control/control_request.hpp"
#include "control/service_news.hpp"
#include "log/log.hpp"
#include "os/listener.hpp"

namespace brood {

/// What a balancer is told once.
struct BalancerSettings {
  ForwardSettings forward;  ///< The limits are those of all threads together.
  std::uint32_t threads = 1;
  HealthRules health;
  ProbeRules probes;
  ProbeSettings probe;
  /// At once; more wait to be accepted, so that descriptors are left for servers and probes.
  std::uint64_t clients_max = ~0ULL;
  Duration graceful_timeout{std::chrono::seconds{30}};
  std::vector<BalancedServer> servers;
  std::uint64_t seed = 0;
};

/// What a configuration that was read anew asks for.
struct Reloaded {
  std::vector<BalancedServer> servers;  ///< As they are to be from now on.
  std::vector<std::string>
      needs_restart{};  ///< Options that have changed and cannot be taken over.
};

/// Reads the configuration anew, or says what is wrong with it. Called in a thread of its own, as
/// names may take long to resolve.
using Reload = std::function<std::variant<Reloaded, std::string>()>;

using MakeClients = std::function<Forwarder::MakeClient()>;

/// The control thread: signals, probes, health, reload, dump, the log. It tells the forwarding
/// threads what to hold of each server, and moves no byte of a client.
class Balancer {
 public:
  /// \param make_clients Called for each thread: how it makes the clients of the mode.
  /// \param access_log Null: it goes to `log`, if it is wanted.
  Balancer(boost::asio::io_context& context, const BalancerSettings& settings,
           std::vector<Listener>& listeners, const MakeClients& make_clients, Reload reload,
           Log& log, Log* access_log);
  ~Balancer();
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;

  /// Serves until stopped. \return the exit status.
  int run();
  /// How it is, for a service manager: ready from the first verdicts on.
  ServiceNews::Now news() const;

  // What signals and the control socket ask for.

  using OnStatus = std::function<void(const BalancerStatus&)>;
  /// Told when all threads have said how they are.
  void ask_status(OnStatus on_status);
  /// Writes it to the log.
  void dump();
  using OnReloaded = std::function<void(const ControlAnswer&)>;
  /// Reads the configuration again; after that which is under way, if one is.
  /// \param on_reloaded told how it has ended; may be empty.
  void begin_reload(OnReloaded on_reloaded = {});
  Result<void> reopen_logs();
  void set_log_level(Level least);
  /// \param reason for the log. What is in hand is finished, for graceful-timeout at most.
  void begin_stop(const char* reason);
  /// At once: whoever is still there is cut off.
  void finish(const char* reason);

 private:
  friend class ForwardingThread;
  enum class Stage : std::uint8_t { serving, stopping, stopped };

  /// What the control thread knows of a server besides its description and its health.
  struct Known {
    std::shared_ptr<SharedServer> shared;
    std::string why = "not probed yet";
    TimePoint changed_at{};
    ProbeReport last_probe{};
    TimePoint probed_at{};           ///< 0: not yet.
    std::uint32_t reported_max = 0;  ///< What it can hold, by its last report; 0: unknown.
  };

  /// Requests that the threads hold at a server; asked for, as each counts its own.
  struct Held {
    std::uint64_t count = 0;
    std::size_t threads = 0;  ///< That have answered.
  };

  // balancer.cpp: the course of things.
  int fail_to_start(const Failure& failure);
  void await_signal();
  void on_signal(int number);
  void drain_lanes();
  void on_lane_deaf();
  void on_thread_drained(ForwardingThread& thread);
  void keep_log_moving();
  LogEvent event(Level level, Mark mark, std::string_view name) const;
  void on_cannot_accept(int error, Duration pause);
  void on_full();
  void write_access(std::span<const AccessRecord> records);
  void tell_all(const std::function<void(Forwarder&)>& task);

  // balancer_health.cpp: from probes and traffic to what the threads are told.
  void on_accepted();
  void probe_due();
  void await_due();
  void probe(ServerId server);
  void on_probed(ServerId server, const ProbeReport& report);
  void ask_what_is_held(ServerId server, const ProbeReport& report);
  void end_probe(ServerId server, const ProbeReport& report);
  void advise(ServerId server, const ProbeReport& report);
  bool is_probing() const noexcept;
  void tell_report(ServerId server, const ProbeReport& report);
  void on_sign(ServerId server, TrafficSign sign);
  void on_found_nobody();
  void take(const HealthChange& change, const std::string& detail);
  void settle();
  void log_change(const HealthChange& change);
  void tell_availability(ServerId server);
  void open_if_ready();
  struct Standing {
    std::uint64_t servers = 0;  ///< That are wanted.
    std::uint64_t up = 0;
    std::uint64_t unknown = 0;
  };
  Standing standing() const noexcept;
  bool is_up(ServerId server) const noexcept;
  std::string name_of(ServerId server) const;

  // balancer_reload.cpp
  struct ReloadCounts {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t removed = 0;
  };
  void end_reload(const std::variant<Reloaded, std::string>& reloaded);
  std::string apply(const Reloaded& reloaded);
  void follow(const ServerChange& change, ReloadCounts& counts);
  void add_server(ServerId server);
  void update_server(ServerId server);
  void remove_server(ServerId server);
  void on_left(ServerId server);
  void assume_up(ServerId server);
  std::variant<Reloaded, std::string> read_anew() const;
  void log_server(std::string_view name, ServerId server);
  ForwardServer know(ServerId server);

  // balancer_status.cpp
  BalancerStatus status() const;
  ServerStatus status_of(ServerId server, TimePoint now) const;
  DecisionStatus status_of(const RoutingDecision& decision, TimePoint now) const;

  boost::asio::io_context& context_;
  BalancerSettings settings_;
  std::vector<Listener>& listeners_;
  Reload reload_;
  Log& log_;
  Log* access_log_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer due_timer_;
  boost::asio::steady_timer open_timer_;
  boost::asio::steady_timer drain_timer_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer log_timer_;

  SharedCounters counters_;
  ServerSet servers_;
  PerServer<Known> known_;  ///< Wanted and leaving.
  Health health_;
  ProbePlan plan_;
  Prober prober_;
  std::vector<std::unique_ptr<ForwardingThread>> threads_;
  std::thread reloader_;
  bool is_reloading_ = false;
  std::uint32_t reloads_ = 0;  ///< Begun so far.
  bool reload_again_ = false;
  Stage stage_ = Stage::serving;
  bool is_open_ = false;
  bool may_open_early_ = false;  ///< The first probes have had their time.
  bool log_waits_ = false;
  std::uint64_t told_accepted_ = 0;  ///< Of counters_.accepted, the plan knows.
  std::size_t deaf_lanes_ = 0;
  std::uint64_t cut_ = 0;
  TimePoint started_;
  std::vector<OnStatus> on_status_;
  std::vector<ThreadReport> reports_;    ///< As far as threads have answered.
  std::vector<OnReloaded> on_reloaded_;  ///< Of the reload that is under way.
  std::vector<OnReloaded> on_reloaded_next_;
};

}  // namespace brood
