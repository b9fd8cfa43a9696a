#pragma once

#include "http/request_head.hpp"
#include "http/response_head.hpp"

namespace brood {

// NTLM and Negotiate prove who a client is once for a connection and not for each request, against
// the rule of RFC 9110, section 11.1 (see RFC 4559, section 6): whoever sends something on that
// connection later passes for that client.

/// Whether an answer asks the client for such a proof (401, 407).
bool asks_for_connection_auth(const ResponseHead& head) noexcept;

/// Whether a request brings one.
bool brings_connection_auth(const RequestHead& head) noexcept;

}  // namespace brood
