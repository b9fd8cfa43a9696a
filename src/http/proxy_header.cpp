#include "http/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace brood {
namespace {

constexpr std::string_view line_begin = "PROXY ";
constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};

// Version 2: signature, version and command, family and transport, length of the rest (16 bits).
constexpr std::size_t command_at = 12;
constexpr std::size_t family_at = 13;
constexpr std::size_t length_at = 14;
constexpr std::size_t binary_head_size = 16;
constexpr std::uint8_t local = 0x20;
constexpr std::uint8_t proxied = 0x21;
constexpr std::uint8_t tcp4 = 0x11;
constexpr std::uint8_t tcp6 = 0x21;

/// Client, server, client's port, server's port.
constexpr std::size_t tcp4_size = 4 + 4 + 2 + 2;
constexpr std::size_t tcp6_size = 16 + 16 + 2 + 2;
static_assert(binary_head_size + tcp6_size <= proxy_line_max);

std::string_view take_word(std::string_view& line) noexcept {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

/// As inet_ntop(3) has it: an address of IPv6 has many spellings, and who compares knows one.
std::string host_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

bool parse_host(Endpoint::Kind kind, std::string_view text, Endpoint& endpoint) {
  std::array<std::uint8_t, 16> address{};
  const std::string written{text};
  const int family = kind == Endpoint::Kind::ipv4 ? AF_INET : AF_INET6;
  if (text.find('\0') != text.npos || ::inet_pton(family, written.c_str(), address.data()) != 1)
    return false;
  endpoint.kind = kind;
  endpoint.host = host_of(family, address.data());
  return true;
}

bool parse_port(std::string_view text, Endpoint& endpoint) noexcept {
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, endpoint.port);
  return error == std::errc{} && end == last && (text.size() == 1 || text.front() != '0');
}

/// As IPv6 has it, an address of IPv4 included.
std::string as_ipv4_mapped(const Endpoint& endpoint) {
  return (endpoint.kind == Endpoint::Kind::ipv4 ? "::ffff:" : "") + endpoint.host;
}

void append_number(std::string& bytes, std::size_t number) {
  bytes += static_cast<char>(number >> 8 & 0xff);
  bytes += static_cast<char>(number & 0xff);
}

/// \pre `host` is an address of that family.
void append_address(std::string& bytes, int family, const std::string& host) {
  std::array<char, 16> address{};
  ::inet_pton(family, host.c_str(), address.data());
  bytes.append(address.data(), family == AF_INET ? 4 : 16);
}

std::string write_line(const ProxiedEnds& ends, bool is_v6) {
  std::string line{line_begin};
  line.append(is_v6 ? "TCP6 " : "TCP4 ");
  line.append(is_v6 ? as_ipv4_mapped(ends.client) : ends.client.host).append(" ");
  line.append(is_v6 ? as_ipv4_mapped(ends.server) : ends.server.host).append(" ");
  line.append(std::to_string(ends.client.port)).append(" ");
  return line.append(std::to_string(ends.server.port)).append("\r\n");
}

std::string write_binary(const ProxiedEnds& ends, bool is_v6) {
  std::string bytes{signature};
  bytes += static_cast<char>(proxied);
  bytes += static_cast<char>(is_v6 ? tcp6 : tcp4);
  append_number(bytes, is_v6 ? tcp6_size : tcp4_size);
  for (const Endpoint* end : {&ends.client, &ends.server})
    append_address(bytes, is_v6 ? AF_INET6 : AF_INET, is_v6 ? as_ipv4_mapped(*end) : end->host);
  append_number(bytes, ends.client.port);
  append_number(bytes, ends.server.port);
  return bytes;
}

}  // namespace

ProxyHeaderReader::Step ProxyHeaderReader::resume(std::string_view& input) {
  while (step_ == Step::need_bytes && !input.empty()) {
    const std::size_t passed = std::min(skip_, input.size());
    input.remove_prefix(passed);
    skip_ -= passed;
    if (passed > 0) {
      if (skip_ == 0) step_ = Step::whole;
    } else {
      step_ = take(input.front());
      input.remove_prefix(1);
    }
  }
  return step_;
}

ProxyHeaderReader::Step ProxyHeaderReader::take(char byte) {
  bytes_[size_++] = byte;
  return bytes_[0] == line_begin[0] ? take_of_line(byte) : take_of_binary();
}

ProxyHeaderReader::Step ProxyHeaderReader::take_of_line(char byte) {
  const std::string_view line{bytes_.data(), size_};
  if (size_ <= line_begin.size() && byte != line_begin[size_ - 1]) return Step::malformed;
  const bool follows_cr = size_ > 1 && line[size_ - 2] == '\r';
  if (follows_cr != (byte == '\n')) return Step::malformed;
  if (byte == '\n') return parse_line(line) ? Step::whole : Step::malformed;
  return size_ < proxy_line_max ? Step::need_bytes : Step::malformed;
}

bool ProxyHeaderReader::parse_line(std::string_view line) {
  line.remove_prefix(line_begin.size());
  line.remove_suffix(2);
  const std::string_view protocol = take_word(line);
  if (protocol == "UNKNOWN") return true;  // Whatever else it says.
  if (protocol != "TCP4" && protocol != "TCP6") return false;
  const auto kind = protocol == "TCP4" ? Endpoint::Kind::ipv4 : Endpoint::Kind::ipv6;
  ProxiedEnds ends;
  const bool has_hosts = parse_host(kind, take_word(line), ends.client) &&
                         parse_host(kind, take_word(line), ends.server);
  const bool has_ports = has_hosts && parse_port(take_word(line), ends.client) &&
                         line.find(' ') == std::string_view::npos && parse_port(line, ends.server);
  if (has_ports) ends_ = std::move(ends);
  return has_ports;
}

bool ProxyHeaderReader::fits_so_far() const noexcept {
  const std::uint8_t last = byte_at(size_ - 1);
  if (size_ <= signature.size()) return bytes_[size_ - 1] == signature[size_ - 1];
  if (size_ == command_at + 1) return last == local || last == proxied;
  // What a LOCAL header says of families is not looked at. Four of them, three transports.
  if (size_ == family_at + 1)
    return byte_at(command_at) == local || (last >> 4 <= 3 && (last & 15) <= 2);
  return true;
}

/// Of the addresses that are wanted; 0 if they are none of ours.
std::size_t ProxyHeaderReader::addresses_size() const noexcept {
  if (byte_at(command_at) == local) return 0;
  if (byte_at(family_at) == tcp4) return tcp4_size;
  return byte_at(family_at) == tcp6 ? tcp6_size : 0;
}

ProxyHeaderReader::Step ProxyHeaderReader::take_of_binary() {
  if (!fits_so_far()) return Step::malformed;
  if (size_ < binary_head_size) return Step::need_bytes;
  const std::size_t length = std::size_t{byte_at(length_at)} << 8 | byte_at(length_at + 1);
  const std::size_t wanted = addresses_size();
  if (length < wanted) return Step::malformed;
  if (size_ < binary_head_size + wanted) return Step::need_bytes;
  if (wanted > 0) {
    const std::size_t address_size = (wanted - 4) / 2;
    const std::size_t ports = binary_head_size + 2 * address_size;
    ends_ = {.client = endpoint_at(binary_head_size, ports),
             .server = endpoint_at(binary_head_size + address_size, ports + 2)};
  }
  skip_ = length - wanted;
  return skip_ == 0 ? Step::whole : Step::need_bytes;
}

Endpoint ProxyHeaderReader::endpoint_at(std::size_t address, std::size_t port) const {
  const bool is_v6 = byte_at(family_at) == tcp6;
  return {.kind = is_v6 ? Endpoint::Kind::ipv6 : Endpoint::Kind::ipv4,
          .host = host_of(is_v6 ? AF_INET6 : AF_INET, &bytes_[address]),
          .port = static_cast<std::uint16_t>(byte_at(port) << 8 | byte_at(port + 1)),
          .path = {}};
}

std::string write_proxy_header(ProxyVersion version, const std::optional<ProxiedEnds>& ends) {
  using Kind = Endpoint::Kind;
  if (!ends || ends->client.kind == Kind::unix_path || ends->server.kind == Kind::unix_path) {
    if (version == ProxyVersion::v1) return std::string(line_begin) + "UNKNOWN\r\n";
    return std::string(signature) + static_cast<char>(local) + std::string(3, '\0');
  }
  const bool is_v6 = ends->client.kind == Kind::ipv6 || ends->server.kind == Kind::ipv6;
  return version == ProxyVersion::v1 ? write_line(*ends, is_v6) : write_binary(*ends, is_v6);
}

}  // namespace brood
