#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "routing/choice.hpp"
#include "routing/server.hpp"
#include "routing/strategy.hpp"

namespace brood {

/// How a request ended at a server, as far as the choice of the next one is concerned.
enum class Outcome : std::uint8_t {
  answered,  ///< A whole response came.
  failed,    ///< Refused, reset, truncated, timed out, or a status of 500 and above.
  given_up,  ///< The client left; says nothing about the server.
  not_sent,  ///< The place was given back before anything was tried.
};

/// All that one forwarding thread knows of the servers, and its choice among them: what is in
/// flight, measured and reported, health, slow start, places. It is told the time and of each
/// thing that happens; it asks for nothing.
///
/// A request holds a place at a server from began() to ended().
class Router {
 public:
  Router(const RoutingSettings& settings, std::vector<ServerSettings> servers, std::uint64_t seed);

  // --- What the prober and the control thread tell.

  /// A health document has come. \param age of what it says: half the probe's round trip at least.
  void reported(ServerId server, const ReportedLoad& load, Duration age, TimePoint now);
  /// From now on it is (not) among those that may be chosen. Coming up starts a slow start, except
  /// for the first verdict after start.
  void set_available(ServerId server, bool is_available, TimePoint now);
  /// Asked to drain by an operator, or no longer.
  void set_draining(ServerId server, bool is_draining) noexcept;
  /// \return its number: the end of the list.
  ServerId add(ServerSettings server, TimePoint now);

  // --- The path of a request.

  /// Whom to send it to. Servers in `tried` have failed this very request and come last: never
  /// chosen again while another one can be. \return server no_server, with the reason, if nobody
  /// can be chosen now: `all_full` (wait for a place) or `none_available`.
  Choice choose(const RequestKey& key, std::span<const ServerId> tried, TimePoint now);
  /// The request takes its place.
  void began(ServerId server, TimePoint now);
  /// The first byte of its response came. \param latency since began().
  void answering(ServerId server, Duration latency, TimePoint now);
  /// It gives the place back. \param duration since began().
  void ended(ServerId server, Outcome outcome, Duration duration, TimePoint now);

  // --- What is shown.

  const ServerView& view(ServerId server) const noexcept { return views_[server]; }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(views_.size()); }
  const ServerSettings& settings_of(ServerId server) const noexcept { return servers_[server]; }

 private:
  RoutingSettings settings_;
  std::vector<ServerSettings> servers_;
  std::vector<ServerView> views_;
  SplitMix random_;
};

}  // namespace brood
