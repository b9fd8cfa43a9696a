#include "http/forwarded_client.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/characters.hpp"
#include "http/host.hpp"

namespace brood {
namespace {

/// What one proxy says of whoever has sent it the request.
struct Hop {
  std::string_view node{};  ///< Empty: not told.
  std::string_view scheme{};
  std::string_view host{};
};

bool is_named(const FieldView& field, std::string_view name) noexcept {
  return characters::equal_ignoring_case(field.name, name);
}

// --- Addresses

/// As inet_ntop(3) has it; an address of IPv4 in IPv6's clothes is one of IPv4.
std::optional<Endpoint> parse_address(std::string_view text) {
  std::array<std::uint8_t, 16> address{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (text.size() >= written.size()) return std::nullopt;
  text.copy(written.data(), text.size());
  Endpoint::Kind kind = Endpoint::Kind::ipv4;
  const std::uint8_t* bytes = address.data();
  if (::inet_pton(AF_INET, written.data(), address.data()) != 1) {
    if (::inet_pton(AF_INET6, written.data(), address.data()) != 1) return std::nullopt;
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), address.begin())) {
      bytes += mapped.size();
    } else {
      kind = Endpoint::Kind::ipv6;
    }
  }
  ::inet_ntop(kind == Endpoint::Kind::ipv4 ? AF_INET : AF_INET6, bytes, written.data(),
              written.size());
  return Endpoint{.kind = kind, .host = written.data(), .port = 0, .path = {}};
}

/// 0 for one that is hidden (RFC 7239, section 6.3) or none.
std::uint16_t port_of(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  return error == std::errc{} && end == last ? port : std::uint16_t{0};
}

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<Endpoint> parse_node(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    host = text.substr(1, bracket - 1);
    const std::string_view rest = text.substr(bracket + 1);
    if (host.find(':') == std::string_view::npos || (!rest.empty() && rest[0] != ':'))
      return std::nullopt;
    port = rest.empty() ? rest : rest.substr(1);
  } else if (const auto colon = text.find(':'); colon == text.rfind(':')) {
    host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  }
  auto found = parse_address(host);
  if (found) found->port = port_of(port);
  return found;
}

bool is_among(const Endpoint& endpoint, const AddressSet& addresses) noexcept {
  if (endpoint.kind == Endpoint::Kind::unix_path) return addresses.contains_unix();
  const bool is_ipv4 = endpoint.kind == Endpoint::Kind::ipv4;
  std::array<std::uint8_t, 16> address{};
  ::inet_pton(is_ipv4 ? AF_INET : AF_INET6, endpoint.host.c_str(), address.data());
  return addresses.contains(std::span(address.data(), is_ipv4 ? 4U : 16U));
}

/// What is sound of it.
void believe(const Hop& hop, ForwardedClient& found) noexcept {
  if (!hop.scheme.empty() && characters::all(hop.scheme, characters::token))
    found.scheme = hop.scheme;
  if (!hop.host.empty() && is_host_and_port(hop.host)) found.host = hop.host;
}

// --- X-Forwarded-...

/// The elements of all fields of this name, the last first.
std::vector<std::string_view> elements_backwards(std::span<const FieldView> fields,
                                                 std::string_view name) {
  std::vector<std::string_view> elements;
  for (const FieldView& field : fields) {
    if (!is_named(field, name)) continue;
    std::optional<std::string_view> list = field.value;
    while (const auto element = next_element(list)) elements.push_back(*element);
  }
  std::ranges::reverse(elements);
  return elements;
}

std::vector<Hop> hops_of_lists(std::span<const FieldView> fields) {
  const auto nodes = elements_backwards(fields, "X-Forwarded-For");
  const auto schemes = elements_backwards(fields, "X-Forwarded-Proto");
  const auto hosts = elements_backwards(fields, "X-Forwarded-Host");
  std::vector<Hop> hops(std::max({nodes.size(), schemes.size(), hosts.size()}));
  for (std::size_t at = 0; at < nodes.size(); ++at) hops[at].node = nodes[at];
  for (std::size_t at = 0; at < schemes.size(); ++at) hops[at].scheme = schemes[at];
  for (std::size_t at = 0; at < hosts.size(); ++at) hops[at].host = hosts[at];
  return hops;
}

// --- Forwarded: 1#( token "=" ( token / quoted-string ) *( ";" ... ) )

/// Up to `end`, which must not count within quotes; takes it off with the text before it.
std::string_view take_until(std::string_view& text, char end) noexcept {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_quoted || text[at] != end); ++at) {
    if (text[at] == '"') is_quoted = !is_quoted;
    if (text[at] == '\\' && is_quoted) ++at;
  }
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

bool is_quoted_string(std::string_view text) noexcept {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return text.front() == '"' && at + 1 == text.size();
    if (text[at] == '\\') ++at;
  }
  return false;
}

/// Nothing of an element with a quote that is not in its place: a client could have opened it, to
/// take what its proxy has added into its own element.
Hop read_element(std::string_view element) noexcept {
  Hop hop;
  while (!element.empty()) {
    const std::string_view pair = characters::trimmed(take_until(element, ';'));
    const std::string_view name = pair.substr(0, pair.find('='));
    std::string_view value = pair.substr(std::min(name.size() + 1, pair.size()));
    if (!characters::all(name, characters::token)) return {};
    if (value.find('"') != std::string_view::npos) {
      if (!is_quoted_string(value)) return {};
      value = value.substr(1, value.size() - 2);  // With a "\" in it, it is nothing we look for.
    }
    const auto is = [name](std::string_view known) {
      return characters::equal_ignoring_case(name, known);
    };
    if (is("for")) hop.node = value;
    if (is("proto")) hop.scheme = value;
    if (is("host")) hop.host = value;
  }
  return hop;
}

std::vector<Hop> hops_of_forwarded(std::span<const FieldView> fields) {
  std::vector<Hop> hops;
  for (const FieldView& field : fields) {
    if (!is_named(field, "Forwarded")) continue;
    for (std::string_view list = field.value; !list.empty();)
      hops.push_back(read_element(take_until(list, ',')));
  }
  std::ranges::reverse(hops);
  return hops;
}

}  // namespace

ForwardedClient find_forwarded_client(std::span<const FieldView> fields, const Endpoint& peer,
                                      const AddressSet& trusted) {
  ForwardedClient found{.client = peer};
  if (auto unclothed = parse_address(peer.host)) {
    unclothed->port = peer.port;
    found.client = *std::move(unclothed);
  }
  std::vector<Hop> hops = hops_of_lists(fields);
  if (hops.empty()) hops = hops_of_forwarded(fields);
  for (const Hop& hop : hops) {
    if (!is_among(found.client, trusted)) break;
    believe(hop, found);
    auto client = parse_node(hop.node);
    if (!client) break;
    found.client = *std::move(client);
  }
  return found;
}

bool is_secure_scheme(std::string_view scheme) noexcept {
  return characters::equal_ignoring_case(scheme, "https") ||
         characters::equal_ignoring_case(scheme, "wss");
}

}  // namespace brood
