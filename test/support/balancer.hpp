#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "support/backend.hpp"
#include "support/client.hpp"
#include "support/server.hpp"

namespace brood::test {

/// A `brood balance` in front of these.
inline Launch balancer(const std::vector<const Backend*>& backends,
                       const std::vector<std::string>& options = {}) {
  Launch launch{.binary = BROOD_BINARY, .command = "balance"};
  for (const Backend* backend : backends)
    launch.options.insert(launch.options.end(), {"--server", backend->address()});
  launch.options.insert(launch.options.end(), options.begin(), options.end());
  return launch;
}

/// The course's, at a port of the kernel's choice.
inline Launch course_balancer(const std::vector<const Backend*>& backends,
                              std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"--compat", "cse130"});
  return balancer(backends, options);
}

inline constexpr std::string_view course_refusal =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

/// Sends these bytes and reads all that comes until the end.
inline std::string ask(std::uint16_t port, std::string_view request = "GET / HTTP/1.1\r\n\r\n") {
  Client client = Client::tcp(port);
  client.send(request);
  client.half_close();
  return client.read_to_end().first;
}

/// Which backend has answered: its port, as it says.
inline std::string answered_by(std::uint16_t port) {
  const std::string reply = ask(port);
  const std::size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? reply : reply.substr(end + 4);
}

inline std::string port_text(const Backend& backend) {
  return std::to_string(backend.port());
}

}  // namespace brood::test
