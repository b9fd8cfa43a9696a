#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brood {

/// A place to listen at or to connect to. Numeric addresses only: names are never looked up, as
/// that could block whoever asks.
struct Endpoint {
  enum class Kind : std::uint8_t { ipv4, ipv6, unix_path };

  /// Bytes that a socket's path may have: sun_path without its final NUL (unix(7)).
  static constexpr std::size_t path_size_max = 107;

  Kind kind = Kind::ipv4;
  std::string host;        ///< As inet_pton(3) reads it, without brackets; empty for a path.
  std::uint16_t port = 0;  ///< 0: the kernel chooses; always 0 for a path.
  std::string path;        ///< Empty for an address.

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "127.0.0.1:8080", "[::1]:8080", "unix:/run/brood.sock"; nothing for anything else.
std::optional<Endpoint> parse_endpoint(std::string_view text);

/// The form that parse_endpoint() reads back to the same value.
std::string to_string(const Endpoint& endpoint);

}  // namespace brood
