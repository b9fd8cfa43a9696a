#include "base/endpoint.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace brood {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  if (error != std::errc{} || end != last) return std::nullopt;
  return port;
}

bool is_address(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(family, host.c_str(), address.data()) == 1;
}

std::optional<Endpoint> parse_path(std::string_view path) {
  // A NUL would end the path early, and a leading one would name an abstract socket.
  if (path.empty() || path.size() > Endpoint::path_size_max) return std::nullopt;
  if (path.find('\0') != std::string_view::npos) return std::nullopt;
  return Endpoint{
      .kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = std::string(path)};
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:")) return parse_path(text.substr(5));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string host{text.substr(0, colon)};
  if (!port || host.find('\0') != std::string::npos) return std::nullopt;

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_address(bracketed ? AF_INET6 : AF_INET, host)) return std::nullopt;
  const auto kind = bracketed ? Endpoint::Kind::ipv6 : Endpoint::Kind::ipv4;
  return Endpoint{.kind = kind, .host = std::move(host), .port = *port, .path = {}};
}

std::string to_string(const Endpoint& endpoint) {
  switch (endpoint.kind) {
    case Endpoint::Kind::ipv4: return endpoint.host + ':' + std::to_string(endpoint.port);
    case Endpoint::Kind::ipv6: return '[' + endpoint.host + "]:" + std::to_string(endpoint.port);
    case Endpoint::Kind::unix_path: break;
  }
  return "unix:" + endpoint.path;
}

}  // namespace brood
