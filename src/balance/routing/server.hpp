#pragma once
// routing: level 2. Which server gets a request, and what is done when that fails: health verdicts,
// choice, shares, places and the queue for them, slow start, the retry table, the probe plan. Pure:
// values in, decisions out, each with its reason; no socket, no clock, nothing of Asio. The
// balancer and the simulator drive the very same code.

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace brood {

/// A server's place in the list of those that the balancer stands in front of.
using ServerId = std::uint32_t;
inline constexpr ServerId no_server = ~0U;

/// What the configuration says of one server.
struct ServerSettings {
  std::string name;          ///< As it was given: "127.0.0.1:8081", "unix:/run/a.sock".
  std::uint32_t weight = 1;  ///< Its share relative to the others. 1 to 256.
  std::uint32_t max = 0;     ///< Requests at once; 0: as its reports say, without reports no bound.
  bool is_backup = false;    ///< Chosen only while no other server can be.

  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
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
