#include "http/request_line.hpp"

#include "http/characters.hpp"
#include "http/version.hpp"

namespace brood {
namespace {

/// Case-sensitive: RFC 9110, section 9.1. Which methods there are is the handler's to say, but for
/// two that are about the connection and the message itself.
bool is_spoken(std::string_view method, Role role) noexcept {
  return method != "CONNECT" && (method != "TRACE" || role == Role::proxy);
}

Refusal parse_version(std::string_view text, RequestLine& request) noexcept {
  const Version version = read_version(text);
  if (version.major < 0) return {400, "the version is malformed"};
  if (version.major != 1) return {505, "only HTTP/1.x is spoken here"};
  request.is_http_1_0 = version.minor == 0;
  return {};
}

}  // namespace

Refusal parse_request_line(std::string_view line, RequestLine& request, Role role) noexcept {
  const auto first = line.find(' ');
  const auto second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos) return {400, "the request line has not three parts"};
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  if (request.method.empty() || !characters::all(request.method, characters::token))
    return {400, "the method is not a token"};
  if (const Refusal refusal = parse_version(line.substr(second + 1), request)) return refusal;
  if (!is_spoken(request.method, role)) return {501, "the method is not known here"};
  return parse_target(request.target, request.method == "OPTIONS", request.parts);
}

bool needs_length(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace brood
