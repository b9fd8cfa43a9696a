#pragma once
// routing: level 4. Which server gets a request, and what is done when that fails: health verdicts,
// choice, shares, places and the queue for them, slow start, the retry table, the probe plan. Pure:
// values in, decisions out, each with its reason; no socket, no clock, nothing of Asio. The
// balancer and the simulator drive the very same code.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/endpoint.hpp"

namespace brood {

/// A server, for as long as anybody may speak of it: the slot that it has in the ServerSet and in
/// everything that is kept of each server, and the how many-th it is to have that slot. So a word
/// that comes late is never taken to be about the server that has the slot now.
struct ServerId {
  std::uint32_t slot = ~0U;
  std::uint32_t generation = 0;

  constexpr ServerId() noexcept = default;
  /// Where servers never come and go, their numbers are enough: each is the first in its slot.
  constexpr ServerId(std::uint32_t its_slot, std::uint32_t its_generation = 0) noexcept
      : slot(its_slot), generation(its_generation) {}

  friend constexpr bool operator==(ServerId, ServerId) noexcept = default;
};
inline constexpr ServerId no_server{};

/// What the configuration says of one server.
struct ServerSettings {
  std::string name;          ///< As it was given: "127.0.0.1:8081", "unix:/run/a.sock".
  std::uint32_t weight = 1;  ///< Its share relative to the others. 1 to 256.
  std::uint32_t max = 0;     ///< Requests at once; 0: as its reports say, without reports no bound.
  bool is_backup = false;    ///< Chosen only while no other server can be.

  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

/// A server to stand in front of, its name resolved. Its endpoint is its key: there are no two.
struct BalancedServer {
  ServerSettings settings;
  Endpoint endpoint;
  std::string host{};                ///< That a probe names in Host.
  std::optional<Endpoint> health{};  ///< Where it is probed; nothing: where its requests go.

  friend bool operator==(const BalancedServer&, const BalancedServer&) = default;
};

/// What a server has told of itself in a health document; see wire/health_document.hpp.
struct ReportedLoad {
  std::uint64_t entries = 0;    ///< Requests answered since its start.
  std::uint64_t errors = 0;     ///< Of these, with a status of 400 or above.
  bool is_detailed = false;     ///< Whether anything below was told.
  std::uint64_t epoch = 0;      ///< When it started. Another one: it was restarted.
  std::uint32_t busy = 0;       ///< Workers (places) with something in hand.
  std::uint32_t idle = 0;       ///< Workers (places) that wait for a connection.
  std::uint32_t max = 0;        ///< What it can hold at once when its pool has grown.
  std::uint32_t queue = 0;      ///< Connections that wait to be accepted.
  std::uint32_t in_flight = 0;  ///< Requests in hand.
  Duration latency{0};          ///< Median of recent requests.
  bool is_draining = false;     ///< It wants no new requests.
};

}  // namespace brood
