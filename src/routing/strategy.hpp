#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "routing/choice.hpp"
#include "routing/server.hpp"

namespace brood {

/// The rules by which a server can be chosen; named as `--strategy` names them.
enum class Strategy : std::uint8_t {
  round_robin,
  random,
  least_connections,
  two_choices,
  peak_ewma,
  least_entries,
  prequal,
  hash,
};

/// What a consistent hash is taken of.
struct RequestKey {
  std::uint64_t hash = 0;  ///< Of the header, the path or the client's address; 0 without `hash`.
};

struct RoutingSettings {
  Strategy strategy = Strategy::least_connections;
  Duration slow_start{std::chrono::seconds{10}};  ///< From recovery to its full share; 0: none.
  bool try_all = false;                           ///< --when-none try-all.
  double hash_balance = 1.25;  ///< A server takes at most this times the mean load (bounded load).
};

/// What a strategy may see of one server. A copy: it cannot change under it.
struct ServerView {
  bool is_available = false;  ///< Healthy, and not draining.
  bool is_backup = false;
  double weight = 1;            ///< Configured, times the progress of its slow start.
  std::uint32_t in_flight = 0;  ///< Requests of this balancer at it.
  std::uint32_t limit = ~0U;    ///< How many this balancer may have there now.
  Duration latency{0};          ///< Peak EWMA until the first byte, failures included; 0: none yet.
  double turns = 0;             ///< Requests it was given, divided by its weight (round-robin).
  ReportedLoad reported;        ///< The last report.
  TimePoint reported_at;        ///< When that was true; 0: never.
};

/// Whom to send a request to: a pure function of what is known and of the next random numbers.
/// Only servers that `may_be_chosen` says are looked at. \return no_server if there is none.
Choice choose_server(Strategy strategy, std::span<const ServerView> servers,
                     std::span<const bool> may_be_chosen, const RequestKey& key, TimePoint now,
                     SplitMix& random);

}  // namespace brood
