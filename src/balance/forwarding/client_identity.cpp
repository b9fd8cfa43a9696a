#include "balance/forwarding/client_identity.hpp"

#include "balance/forwarding/introduction.hpp"

namespace brood {

ClientIdentity::ClientIdentity(const SocketAddress& peer, const HttpSettings& settings)
    : peer_(peer),
      address_(to_endpoint(peer).host),
      is_trusted_(is_among(peer, settings.trusted_proxies)),
      is_forwarder_(is_among(peer, settings.trusted_forwarders)),
      must_introduce_(is_trusted_) {}

void ClientIdentity::introduce(const std::optional<ProxiedEnds>& ends,
                               const HttpSettings& settings) {
  must_introduce_ = false;
  if (!ends) return;
  introduced_ = std::make_unique<const ProxiedEnds>(*ends);
  address_ = ends->client.host;
  is_forwarder_ = is_among(to_address(ends->client), settings.trusted_forwarders);
}

std::optional<ProxiedEnds> ClientIdentity::ends(int fd) const {
  if (introduced_) return *introduced_;
  return ends_of(peer_, fd);
}

}  // namespace brood
