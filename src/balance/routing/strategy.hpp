#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "balance/routing/choice.hpp"
#include "balance/routing/server.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// The rules by which a server can be chosen. docs/balancing.md describes each.
enum class Strategy : std::uint8_t {
  round_robin,
  random,
  least_connections,
  two_choices,
  peak_ewma,
  least_time,
  least_entries,
  prequal,
  hash,
};

/// As `--strategy` names them, in the order of the enumeration.
inline constexpr std::array<std::string_view, 9> strategy_names = {
    "round-robin", "random",        "least-connections", "two-choices", "peak-ewma",
    "least-time",  "least-entries", "prequal",           "hash"};

constexpr std::string_view to_string(Strategy strategy) noexcept {
  return strategy_names[static_cast<std::size_t>(strategy)];
}
std::optional<Strategy> strategy_named(std::string_view name) noexcept;

/// What a consistent hash is taken of.
struct RequestKey {
  std::uint64_t hash = 0;  ///< hash_of() the header, the path or the client; 0 without `hash`.
  ServerId prefers = no_server;  ///< If it may be chosen at all, it is, or is waited for.
};

struct RoutingSettings {
  Strategy strategy = Strategy::least_time;
  Duration slow_start{std::chrono::seconds{10}};  ///< From recovery to its full share; 0: none.
  bool try_all = false;                           ///< --when-none try-all.
  std::uint32_t sharers = 1;   ///< Routers that hand out the same servers' places together.
  double hash_balance = 1.25;  ///< A server takes at most this times its fair load (bounded load).
};

/// What a strategy may see of one server. A copy: it cannot change under it.
struct ServerView {
  bool is_available = false;  ///< Healthy, and not draining.
  bool is_backup = false;
  std::uint64_t identity = 0;   ///< hash_of() its name: the same for every balancer.
  double weight = 1;            ///< Configured, lowered by slow start and late answers. > 0.
  double places = 1;            ///< How many requests it works at at once, or a guess of it. > 0.
  std::uint32_t in_flight = 0;  ///< Requests of this balancer at it.
  std::uint32_t others = 0;     ///< Requests of other clients at it, by its last report.
  std::uint32_t limit = ~0U;    ///< How many this balancer may have there now. >= 1.
  std::uint32_t idle_limit = ~0U;  ///< Of these, its share for connections that are kept idle.
  double failures = 0;             ///< Of late, fading: each counts like a request in flight.
  bool has_idle = true;       ///< Whether a worker that waits is to be expected; true: unknown.
  Duration latency{0};        ///< Mean until the first byte, of late; 0: none yet.
  Duration latency_peak{0};   ///< Peak EWMA of it: up at once, down slowly.
  Duration latency_usual{0};  ///< The mean without the one that raised it most; 0: none is left.
  TimePoint latency_at{};     ///< When these were measured last.
  double turns = 0;           ///< That it has had, each divided by the weight of then.
  ReportedLoad reported{};    ///< The last report.
  TimePoint reported_at{};    ///< When that was true; 0: never.
  std::uint32_t sent_since_report = 0;  ///< Requests that it was given after that.
};

/// Whom to send a request to: a pure function of what is known and of the next random numbers.
/// \param candidates Those of `servers` that may be chosen, in their order.
/// \return no_server if there is none.
Choice choose_server(const RoutingSettings& settings, std::span<const ServerView> servers,
                     std::span<const ServerId> candidates, const RequestKey& key, TimePoint now,
                     SplitMix& random);

}  // namespace brood
