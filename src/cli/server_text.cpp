#include "cli/server_text.hpp"

#include <netdb.h>

#include <algorithm>
#include <memory>

#include "cli/option_entry.hpp"

namespace brood {
namespace {

constexpr std::string_view forms = "write HOST:PORT, [ADDR]:PORT for IPv6, or unix:PATH";

std::optional<Problem> read_place(ServerText& server, std::string_view place) {
  if (place.starts_with("unix:")) {
    const auto endpoint = parse_endpoint(place);
    if (!endpoint) return problem_with_endpoint(place);
    server.path = endpoint->path;
    return std::nullopt;
  }
  const std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos || place.ends_with(']'))
    return Problem{"the port is missing: " + std::string(forms)};
  const auto port = read_count(place.substr(colon + 1), 1, 65535);
  if (!port) return Problem{"the port must be a number from 1 to 65535"};
  std::string_view host = place.substr(0, colon);
  const bool is_bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) return Problem{"the host is missing: " + std::string(forms)};
  if (!is_bracketed && host.find(':') != std::string_view::npos)
    return Problem{"an IPv6 address stands in brackets, as in [::1]:8080"};
  server.host = host;
  server.port = static_cast<std::uint16_t>(*port);
  return std::nullopt;
}

std::optional<Problem> read_setting(ServerText& server, std::string_view setting) {
  if (setting == "backup") {
    server.is_backup = true;
    return std::nullopt;
  }
  const std::size_t equals = std::min(setting.find('='), setting.size());
  const std::string_view name = setting.substr(0, equals);
  const std::string_view value = setting.substr(std::min(equals + 1, setting.size()));
  if (name == "health") {
    if (!parse_endpoint(value) || parse_endpoint(value)->port == 0) {
      if (!value.starts_with("unix:") || !parse_endpoint(value))
        return Problem{"health: write ADDR:PORT, [ADDR]:PORT or unix:PATH"};
    }
    server.health = value;
    return std::nullopt;
  }
  if (name != "weight" && name != "max")
    return Problem{shown(setting) + " is unknown: behind the server may stand weight=N, max=N, " +
                   "backup, health=ADDR:PORT, with a comma before each"};
  const auto count = name == "weight" ? read_count(value, 1, 256) : read_count(value, 0, 1'000'000);
  if (!count) return Problem{std::string(name) + ": " + count.error().text};
  (name == "weight" ? server.weight : server.max) = *count;
  return std::nullopt;
}

std::string place_of(const ServerText& server) {
  if (!server.path.empty()) return "unix:" + server.path;
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + server.host + ']' : server.host) + ':' + std::to_string(server.port);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// All places that a server's name stands for, each once, in the resolver's order.
std::variant<std::vector<Endpoint>, OptionError> look_up(const ServerText& server) {
  if (!server.path.empty())
    return std::vector{Endpoint{Endpoint::Kind::unix_path, {}, 0, server.path}};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(server.host.c_str(), nullptr, &hints, &found);
  const Addresses addresses(found, &::freeaddrinfo);
  if (error != 0)
    return OptionError{"--server " + shown(server.text) + ": the name " + shown(server.host) +
                       " has no address: " + ::gai_strerror(error) +
                       ": correct it, or write the address"};
  std::vector<Endpoint> endpoints;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress address;
    std::copy_n(reinterpret_cast<const char*>(at->ai_addr), at->ai_addrlen,
                reinterpret_cast<char*>(&address.storage));
    address.size = at->ai_addrlen;
    Endpoint endpoint = to_endpoint(address);
    endpoint.port = server.port;
    if (std::ranges::find(endpoints, endpoint) == endpoints.end())
      endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

}  // namespace

Checked<ServerText> read_server(std::string_view text) {
  ServerText server;
  server.text = text;
  std::size_t end = std::min(text.find(','), text.size());
  if (const auto problem = read_place(server, text.substr(0, end))) return *problem;
  while (end < text.size()) {
    text.remove_prefix(end + 1);
    end = std::min(text.find(','), text.size());
    if (const auto problem = read_setting(server, text.substr(0, end))) return *problem;
  }
  return server;
}

std::string to_string(const ServerText& server) {
  std::string text = place_of(server);
  if (server.weight != 1) text += ",weight=" + std::to_string(server.weight);
  if (server.max != 0) text += ",max=" + std::to_string(server.max);
  if (server.is_backup) text += ",backup";
  if (!server.health.empty()) text += ",health=" + server.health;
  return text;
}

namespace {

/// As a browser would say it: the name that was given, the port unless it is HTTP's.
std::string host_of(const ServerText& server) {
  if (!server.path.empty()) return "localhost";
  const std::string place = place_of(server);
  return server.port == 80 ? place.substr(0, place.size() - 3) : place;
}

}  // namespace

std::variant<std::vector<BalancedServer>, OptionError> resolve_servers(
    const std::vector<ServerText>& servers, const std::string& health_host) {
  std::vector<BalancedServer> resolved;
  for (const ServerText& server : servers) {
    auto found = look_up(server);
    if (const auto* const error = std::get_if<OptionError>(&found)) return *error;
    for (Endpoint& endpoint : std::get<std::vector<Endpoint>>(found)) {
      if (std::ranges::find(resolved, endpoint, &BalancedServer::endpoint) != resolved.end())
        return OptionError{"--server " + shown(server.text) + ": " + to_string(endpoint) +
                           " is a server already: name it once, with a weight"};
      resolved.push_back({.settings = {.name = to_string(endpoint),
                                       .weight = server.weight,
                                       .max = server.max,
                                       .is_backup = server.is_backup},
                          .endpoint = std::move(endpoint),
                          .host = health_host.empty() ? host_of(server) : health_host,
                          .health = parse_endpoint(server.health)});
    }
  }
  return resolved;
}

}  // namespace brood
