#pragma once

#include <string_view>

namespace brood {

/// Whether `text` is `uri-host [ ":" port ]` (RFC 9110, section 7.2; RFC 3986, section 3.2.2): a
/// name, an IPv4 or a bracketed IPv6 address; the port may be empty, but not above 65535. No
/// userinfo, no IPvFuture, no zone. An empty text is not a host.
bool is_host_and_port(std::string_view text) noexcept;

}  // namespace brood
