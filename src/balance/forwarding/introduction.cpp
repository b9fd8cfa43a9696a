#include "balance/forwarding/introduction.hpp"

namespace brood {

std::optional<ProxiedEnds> ends_of(const SocketAddress& peer, int fd) {
  const SocketAddress own = own_address(fd);
  if (peer.storage.ss_family == AF_UNIX || own.size == 0 || own.storage.ss_family == AF_UNIX)
    return std::nullopt;
  return ProxiedEnds{to_endpoint(peer), to_endpoint(own)};
}

std::string write_introduction(ForwardSettings::SendProxy version,
                               const std::optional<ProxiedEnds>& ends) {
  switch (version) {
    case ForwardSettings::SendProxy::v1: return write_proxy_header(ProxyVersion::v1, ends);
    case ForwardSettings::SendProxy::v2: return write_proxy_header(ProxyVersion::v2, ends);
    case ForwardSettings::SendProxy::no: break;
  }
  return {};
}

}  // namespace brood
