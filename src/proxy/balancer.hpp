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

#include "base/endpoint.hpp"
#include "log/log.hpp"
#include "os/listener.hpp"
#include "proxy/forward_settings.hpp"
#include "proxy/lane.hpp"
#include "proxy/prober.hpp"
#include "routing/health.hpp"
#include "routing/probe_plan.hpp"

namespace brood {

/// A server to stand in front of, its name resolved.
struct BalancedServer {
  ServerSettings settings;
  Endpoint endpoint;
};

/// What a balancer is told once.
struct BalancerSettings {
  ForwardSettings forward;  ///< The limits are those of all threads together.
  std::uint32_t threads = 1;
  HealthRules health;
  ProbeRules probes;
  ProbeSettings probe;
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

 private:
  friend class Lane;
  enum class Stage : std::uint8_t { serving, stopping, stopped };

  /// What the control thread knows of a server besides its health.
  struct Known {
    BalancedServer server;
    bool is_removed = false;  ///< By a reload: it finishes what it has.
    std::string why = "not probed yet";
    TimePoint changed_at{};
    ProbeReport last_probe{};
    TimePoint probed_at{};  ///< 0: not yet.
  };

  // balancer.cpp: the course of things.
  void await_signal();
  void on_signal(int number);
  void begin_stop(const char* reason);
  void on_lane_deaf();
  void on_lane_drained(Lane& lane);
  void finish(const char* reason);
  void reopen_logs();
  void keep_log_moving();
  LogEvent event(Level level, Mark mark, std::string_view name) const;
  void on_cannot_accept(int error, Duration pause);
  void write_access(std::span<const AccessRecord> records);
  void tell_all(const std::function<void(Forwarder&)>& task);

  // balancer_health.cpp: from probes and traffic to what the threads are told.
  void on_accepted();
  void probe_due();
  void await_due();
  void on_probed(ServerId server, const ProbeReport& report);
  void tell_report(ServerId server, const ProbeReport& report);
  void on_sign(ServerId server, TrafficSign sign);
  void on_found_nobody();
  void take(const HealthChange& change, const std::string& detail);
  void tell_availability(ServerId server);
  void open_if_ready();
  bool is_up(ServerId server) const noexcept;
  const std::string& name_of(ServerId server) const noexcept;

  // balancer_reload.cpp
  struct ReloadChanges {
    std::vector<std::string> added{}, changed{}, removed{};  ///< Names.
  };
  void begin_reload();
  void end_reload(const std::variant<Reloaded, std::string>& reloaded);
  void apply(const Reloaded& reloaded);
  void take_wanted(const BalancedServer& server, ReloadChanges& changes);
  void remove_unwanted(const std::vector<BalancedServer>& wanted, ReloadChanges& changes);
  ServerId find_server(const Endpoint& endpoint) const noexcept;
  void add_server(const BalancedServer& server);
  void set_removed(ServerId server, bool is_removed);
  ForwardServer to_forward(const BalancedServer& server) const;

  // balancer_dump.cpp
  void dump();
  void write_dump();
  void dump_server(ServerId server, std::uint64_t given_in_all, TimePoint now);
  void dump_decision(const RoutedRequest& decision, TimePoint now);

  boost::asio::io_context& context_;
  BalancerSettings settings_;
  std::vector<Listener>& listeners_;
  Reload reload_;
  Log& log_;
  Log* access_log_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer due_timer_;
  boost::asio::steady_timer open_timer_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer log_timer_;

  Crowd crowd_;
  std::vector<Known> known_;
  Health health_;
  ProbePlan plan_;
  Prober prober_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::thread reloader_;
  bool is_reloading_ = false;
  bool reload_again_ = false;
  Stage stage_ = Stage::serving;
  bool is_open_ = false;
  bool may_open_early_ = false;  ///< The first probes have had their time.
  bool log_waits_ = false;
  std::uint64_t told_accepted_ = 0;  ///< Of crowd_.accepted, the plan knows.
  std::size_t deaf_lanes_ = 0;
  std::uint64_t cut_ = 0;
  TimePoint started_;
  std::uint64_t dump_number_ = 0;
  std::vector<LaneReport> dump_;  ///< As far as threads have answered.
};

}  // namespace brood
