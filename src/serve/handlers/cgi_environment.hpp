#pragma once

#include <brood/request.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "serve/handlers/cgi_root.hpp"

namespace brood {

/// Variables by their names.
using CgiVariables = std::map<std::string, std::string, std::less<>>;

/// What a program is to know of its request (RFC 3875, section 4.1), and REQUEST_URI and
/// SCRIPT_FILENAME, REQUEST_SCHEME and, where that is https, HTTPS, which programs expect. Left
/// out: AUTH_TYPE, REMOTE_IDENT and REMOTE_USER, as this server asks nobody who they are;
/// PATH_INFO, PATH_TRANSLATED and CONTENT_… without a value.
///
/// HTTP_… are the fields of the request, those of one name as one, but for
/// - those about the connection or the framing of the body, which were the server's to read;
/// - Authorization, as the section says, unless it is wanted, and Proxy-Authorization;
/// - Proxy, which would become HTTP_PROXY and steer a client library in the program (httpoxy);
/// - names with anything but letters, digits and "-": two of them could become one variable.
CgiVariables cgi_variables(const Request& request, const CgiProgram& program,
                           const std::string& path_translated, bool hands_authorization = false);

/// A host with its port (RFC 3986, section 3.2) without it: "[::1]:80" is "[::1]".
std::string_view without_port(std::string_view authority) noexcept;

/// As execve(2) wants it: `handed`, and `variables`, which win.
std::vector<std::string> to_environment(const CgiVariables& handed, CgiVariables variables);

}  // namespace brood
