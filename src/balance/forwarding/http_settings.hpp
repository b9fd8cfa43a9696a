#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/address_set.hpp"
#include "base/clock.hpp"
#include "http/limits.hpp"

namespace brood {

/// What is only of mode http.
struct HttpSettings {
  /// What is hashed with `--strategy hash`.
  enum class HashOf : std::uint8_t { client, path, header };

  /// Bodies are passed on as they come, so that their size is a matter of the server's.
  SessionLimits limits{.max_body_bytes = ~0ULL};
  Duration header_timeout{std::chrono::seconds{10}};  ///< For a whole request head.
  /// For the next request to begin. Above the 60 s for which other balancers in front keep theirs.
  Duration keep_alive_timeout{std::chrono::seconds{75}};
  Duration tunnel_timeout{std::chrono::hours{1}};  ///< Without a byte either way, after a 101.
  std::uint64_t min_rate = 128;  ///< Bytes a second that a client must move; see StallBudget.
  /// A request's body up to this size is read before the request asks for a permit, and held so
  /// that it can be sent again. Of a larger one, so much is read before.
  std::size_t body_held_max = 64UL * 1024;
  /// How much of an answer is taken from the server before the client has taken it. The kernel's
  /// buffers (up to 4 MiB, tcp_wmem) hold more; this is what a slow client costs the balancer.
  std::size_t read_ahead_max = 64UL * 1024;
  std::size_t kept_max = 1024;  ///< Idle connections that are kept to one server.
  /// How long they are kept. Below the 5 s after which many servers, ours too, close an idle one.
  Duration kept_timeout{std::chrono::seconds{4}};
  /// Who must begin with a PROXY header, and is believed what it says of the client.
  AddressSet trusted_proxies;
  /// Whose X-Forwarded-* and Forwarded are believed.
  AddressSet trusted_forwarders;
  HashOf hash_of = HashOf::client;
  std::string hash_header;    ///< Its name, with HashOf::header.
  bool names_server = false;  ///< X-Brood-Server tells the client who has answered.
};

}  // namespace brood
