#pragma once
// What a server is told of a client before its first byte: the header of the PROXY protocol.

#include <optional>
#include <string>

#include "balance/forwarding/forward_settings.hpp"
#include "http/proxy_header.hpp"
#include "os/socket_address.hpp"

namespace brood {

/// The ends of an accepted connection; none of a unix socket.
std::optional<ProxiedEnds> ends_of(const SocketAddress& peer, int fd);

/// The header for `ends`; empty if none is to be sent.
std::string write_introduction(ForwardSettings::SendProxy version,
                               const std::optional<ProxiedEnds>& ends);

}  // namespace brood
