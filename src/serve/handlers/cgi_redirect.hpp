#pragma once

#include <brood/request.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "http/cgi_head.hpp"

namespace brood {

/// Whether a program leaves the answer to another path of this server (RFC 3875, section 6.2.2):
/// its head is a Location with a path, and nothing else. With other fields, a cookie say, it goes
/// to the client as a 302, and so does "//", which names another server.
bool is_local_redirect(const CgiHead& head) noexcept;

/// The request that such a Location stands for: a GET, or HEAD if `request` is one, without body
/// and without the fields that describe a body. Its views are those of `request`, of `location`
/// and of `fields`, which it fills. \return nothing if `location` is no path with a query.
std::optional<Request> redirected(const Request& request, std::string_view location,
                                  std::vector<FieldView>& fields);

}  // namespace brood
