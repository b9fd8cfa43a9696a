#pragma once

#include <span>
#include <string_view>

#include "base/address_set.hpp"
#include "base/endpoint.hpp"
#include "http/field.hpp"

namespace brood {

/// What the fields of a request say of the client before the proxies that have sent it on.
struct ForwardedClient {
  Endpoint client;            ///< The peer itself, where nobody else may be believed.
  std::string_view scheme{};  ///< In which the client has asked: a token, as sent; empty: not told.
  std::string_view host{};    ///< For which it has asked, a sound Host; empty: not told.
};

/// Follows the fields from the last hop, the peer, back to the first that is not among `trusted`:
/// that is the client. (All of them are trusted: the first. An address that cannot be read: whoever
/// has written it.) What a hop says of scheme and host is believed as far as it is trusted, and the
/// hop nearest to the client has the last word. Of a peer that is not trusted nothing is believed.
///
/// X-Forwarded-For, -Proto and -Host are lists, the last element of each the last hop's. Forwarded
/// (RFC 7239, section 4) is read where none of the three is there: most proxies that write them
/// pass on what a client says in Forwarded.
///
/// The views point into the fields.
ForwardedClient find_forwarded_client(std::span<const FieldView> fields, const Endpoint& peer,
                                      const AddressSet& trusted);

/// Whether a scheme is one of a secured connection: https, and wss, as some proxies have it.
bool is_secure_scheme(std::string_view scheme) noexcept;

}  // namespace brood
