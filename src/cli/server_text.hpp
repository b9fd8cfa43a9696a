#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "balance/balancer/balancer.hpp"
#include "cli/balance_options.hpp"
#include "cli/option_values.hpp"

namespace brood {

/// "127.0.0.1:8081", "web:80,weight=2,max=8", "[::1]:80,backup", "unix:/run/a.sock".
Checked<ServerText> read_server(std::string_view text);

/// The form that read_server() reads back to the same value.
std::string to_string(const ServerText& server);

/// Looks the names up; may take as long as the resolver does. All addresses of a name become
/// servers. \return one line that names the server and the trouble, if a name has no address or
/// two servers are at the same place.
/// \param health_host What probes name in Host; empty: each server as it was given.
std::variant<std::vector<BalancedServer>, OptionError> resolve_servers(
    const std::vector<ServerText>& servers, const std::string& health_host);

}  // namespace brood
