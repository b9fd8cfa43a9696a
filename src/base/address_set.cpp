#include "base/address_set.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace brood {
namespace {

/// The bits of an address's byte that belong to a network of that length.
std::uint8_t mask_at(std::size_t byte, unsigned length) noexcept {
  const auto before = static_cast<unsigned>(byte) * 8;
  const unsigned bits = length <= before ? 0 : std::min(length - before, 8U);
  return static_cast<std::uint8_t>(0xff00U >> bits);
}

std::optional<unsigned> parse_length(std::string_view text, unsigned most) noexcept {
  unsigned length = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, length);
  const bool has_leading_zero = text.size() > 1 && text.front() == '0';
  if (error != std::errc{} || end != last || length > most || has_leading_zero) return std::nullopt;
  return length;
}

}  // namespace

bool AddressSet::contains(std::span<const std::uint8_t> address) const noexcept {
  return std::ranges::any_of(networks_, [&](const Network& network) {
    if (network.address_size != address.size()) return false;
    for (std::size_t at = 0; at < address.size(); ++at)
      if (((network.address[at] ^ address[at]) & mask_at(at, network.length)) != 0) return false;
    return true;
  });
}

std::optional<AddressSet::Network> AddressSet::parse_network(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string host{text.substr(0, slash)};
  if (host.find('\0') != std::string::npos) return std::nullopt;
  const bool is_v6 = host.find(':') != std::string::npos;
  Network network{.address_size = is_v6 ? 16U : 4U, .length = is_v6 ? 128U : 32U};
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, host.c_str(), network.address.data()) != 1)
    return std::nullopt;
  if (slash < text.size()) {
    const auto length = parse_length(text.substr(slash + 1), network.length);
    if (!length) return std::nullopt;
    network.length = *length;
  }
  for (std::size_t at = 0; at < network.address_size; ++at)
    if ((network.address[at] & ~mask_at(at, network.length)) != 0) return std::nullopt;
  return network;
}

std::optional<AddressSet> parse_address_set(std::string_view text) {
  AddressSet set;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    if (part == "unix") {
      set.has_unix_ = true;
    } else if (const auto network = AddressSet::parse_network(part)) {
      set.networks_.push_back(*network);
    } else {
      return std::nullopt;
    }
    if (comma == text.size()) return set;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace brood
