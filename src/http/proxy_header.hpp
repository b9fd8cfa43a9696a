#pragma once
// The PROXY protocol (HAProxy's doc/proxy-protocol.txt): what a proxy sends before anything else on
// a connection, to say for whom it speaks. Version 1 is a line of text, version 2 is binary.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"

namespace brood {

/// The ends of the connection that a proxy has accepted: two of IPv4 or two of IPv6.
struct ProxiedEnds {
  Endpoint client;
  Endpoint server;  ///< Where the client has connected to.

  friend bool operator==(const ProxiedEnds&, const ProxiedEnds&) = default;
};

/// The longest header of version 1, its line end included (section 2.1).
inline constexpr std::size_t proxy_line_max = 107;

/// Bytes in, ends out; takes either version. It refuses the first byte that breaks a rule, so that
/// its verdict never depends on how the bytes were cut, and keeps no more of them than it needs.
class ProxyHeaderReader {
 public:
  enum class Step : std::uint8_t { need_bytes, whole, malformed };  ///< The last two are final.

  void start() noexcept { *this = ProxyHeaderReader{}; }

  /// Takes the header, and nothing behind it, from the front of `input`.
  Step resume(std::string_view& input);

  bool has_begun() const noexcept { return size_ > 0; }
  /// For whom the proxy speaks. None: for itself, as in a health check (LOCAL), or for somebody
  /// whose ends it does not know or whose kind is not known here (UNKNOWN, UNSPEC, unix sockets,
  /// datagrams). \pre whole
  const std::optional<ProxiedEnds>& ends() const noexcept { return ends_; }

 private:
  Step take(char byte);
  Step take_of_line(char byte);
  Step take_of_binary();
  bool parse_line(std::string_view line);
  bool fits_so_far() const noexcept;
  std::uint8_t byte_at(std::size_t at) const noexcept {
    return static_cast<std::uint8_t>(bytes_[at]);
  }
  std::size_t addresses_size() const noexcept;
  Endpoint endpoint_at(std::size_t address, std::size_t port) const;

  std::array<char, proxy_line_max> bytes_{};
  std::size_t size_ = 0;  ///< Of what has come, in version 2 without what is passed over.
  std::size_t skip_ = 0;  ///< Of version 2's rest: bytes to be passed over.
  Step step_ = Step::need_bytes;
  std::optional<ProxiedEnds> ends_;
};

enum class ProxyVersion : std::uint8_t { v1 = 1, v2 = 2 };

/// The header that says so. Ends of two families are both written as IPv6. Without ends, or where
/// one of them is a unix socket: that the proxy speaks for itself (UNKNOWN, LOCAL).
std::string write_proxy_header(ProxyVersion version, const std::optional<ProxiedEnds>& ends);

}  // namespace brood
