#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace brood {

/// Some addresses of peers: networks of IPv4 and IPv6 (RFC 4632, RFC 4291), and all unix sockets or
/// none of them.
class AddressSet {
 public:
  /// \param address 4 or 16 bytes, in the order of the network. An IPv4 address in IPv6's clothes
  ///   (::ffff:1.2.3.4) is one of IPv6.
  bool contains(std::span<const std::uint8_t> address) const noexcept;
  bool contains_unix() const noexcept { return has_unix_; }
  bool is_empty() const noexcept { return networks_.empty() && !has_unix_; }

  friend std::optional<AddressSet> parse_address_set(std::string_view text);

 private:
  struct Network {
    std::array<std::uint8_t, 16> address{};
    std::size_t address_size = 0;  ///< 4 or 16.
    unsigned length = 0;           ///< Bits that count.
  };

  static std::optional<Network> parse_network(std::string_view text);

  std::vector<Network> networks_;
  bool has_unix_ = false;
};

/// "10.0.0.0/8,127.0.0.1,2001:db8::/32,unix": numeric addresses, each with the length of its
/// network or alone, and no bit set behind it. Nothing for anything else, an empty text or part of
/// it included.
std::optional<AddressSet> parse_address_set(std::string_view text);

}  // namespace brood
