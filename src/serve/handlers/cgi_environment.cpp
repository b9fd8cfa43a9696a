#include "serve/handlers/cgi_environment.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/characters.hpp"

namespace brood {
namespace {

/// Never HTTP_…; in lower case.
constexpr std::array<std::string_view, 13> kept_back{"authorization",
                                                     "connection",
                                                     "content-length",
                                                     "content-type",
                                                     "keep-alive",
                                                     "proxy",
                                                     "proxy-connection",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "proxy-authorization",
                                                     "upgrade",
                                                     "http2-settings"};

bool is_alphanumeric(char c) noexcept {
  const char low = characters::lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

/// "HTTP_USER_AGENT" of "User-Agent"; nothing if the field is kept back.
std::optional<std::string> variable_of(std::string_view field, bool hands_authorization) {
  std::string lower(field);
  std::ranges::transform(lower, lower.begin(), characters::lower);
  const bool is_wanted = hands_authorization && lower == "authorization";
  if (!is_wanted && std::ranges::find(kept_back, lower) != kept_back.end()) return std::nullopt;
  std::string name = "HTTP_";
  for (const char c : lower) {
    if (!is_alphanumeric(c) && c != '-') return std::nullopt;
    name += c == '-' ? '_' : c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

void add_fields(std::span<const FieldView> fields, bool hands_authorization,
                CgiVariables& variables) {
  for (const auto& [name, value] : fields) {
    const auto variable = variable_of(name, hands_authorization);
    if (!variable) continue;
    const auto [place, is_first] = variables.try_emplace(*variable, value);
    // A cookie may have a comma in it (RFC 9113, section 8.2.3).
    if (!is_first) (place->second += *variable == "HTTP_COOKIE" ? "; " : ", ") += value;
  }
}

void add_body(const Request& request, CgiVariables& variables) {
  const bool has_body = request.body.size > 0 || request.field("Content-Length") ||
                        request.field("Transfer-Encoding");
  if (has_body) variables["CONTENT_LENGTH"] = std::to_string(request.body.size);
  if (const auto type = request.field("Content-Type")) variables["CONTENT_TYPE"] = *type;
}

/// With a secured connection it is the front's that counts. A unix socket has no port, and the
/// variable must be one: the scheme's.
std::string server_port(const Request& request, const Peer& server) {
  if (request.scheme != "https") return std::to_string(server.port == 0 ? 80 : server.port);
  const std::string_view port = request.host.substr(without_port(request.host).size());
  return port.size() > 1 ? std::string(port.substr(1)) : "443";
}

void add_connection(const Request& request, CgiVariables& variables) {
  const Peer client = request.connection == nullptr ? Peer{} : request.connection->client();
  const Peer server = request.connection == nullptr ? Peer{} : request.connection->server();
  variables["REMOTE_ADDR"] = client.host;
  variables["REMOTE_HOST"] = client.host;  // Nobody looks names up here: section 4.1.9 allows it.
  variables["REMOTE_PORT"] = std::to_string(client.port);
  const std::string_view host = without_port(request.host);
  variables["SERVER_NAME"] = host.empty() ? server.host : std::string(host);
  variables["SERVER_PORT"] = server_port(request, server);
}

}  // namespace

std::string_view without_port(std::string_view authority) noexcept {
  const auto colon = authority.rfind(':');
  const bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
  return has_port ? authority.substr(0, colon) : authority;
}

CgiVariables cgi_variables(const Request& request, const CgiProgram& program,
                           const std::string& path_translated, bool hands_authorization) {
  CgiVariables variables{
      {"GATEWAY_INTERFACE", "CGI/1.1"},
      {"QUERY_STRING", std::string(request.query)},
      {"REQUEST_METHOD", std::string(request.method)},
      {"REQUEST_SCHEME", std::string(request.scheme)},
      {"REQUEST_URI", std::string(request.target)},
      {"SCRIPT_FILENAME", program.file},
      {"SCRIPT_NAME", program.script_name},
      {"SERVER_PROTOCOL", request.is_http_1_0 ? "HTTP/1.0" : "HTTP/1.1"},
      {"SERVER_SOFTWARE", "brood/" BROOD_VERSION},
  };
  if (request.scheme == "https") variables["HTTPS"] = "on";
  if (!program.path_info.empty()) {
    variables["PATH_INFO"] = program.path_info;
    variables["PATH_TRANSLATED"] = path_translated;
  }
  add_body(request, variables);
  add_connection(request, variables);
  add_fields(request.fields, hands_authorization, variables);
  return variables;
}

std::vector<std::string> to_environment(const CgiVariables& handed, CgiVariables variables) {
  variables.insert(handed.begin(), handed.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables)
    environment.emplace_back(name).append(1, '=').append(value);
  return environment;
}

}  // namespace brood
