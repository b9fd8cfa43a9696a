#include "serve/worker/built_in_paths.hpp"

#include "wire/health_document.hpp"

namespace brood {
namespace {

/// `OPTIONS *` (RFC 9110, section 9.3.7).
constexpr std::string_view whole_server = "*";

}  // namespace

/// A query is of no matter, unless the path was given one.
bool BuiltInPaths::is_health(const RequestHead& head) const noexcept {
  const std::string_view asked = context_.settings.health_path;
  const auto mark = asked.find('?');
  const Target& target = head.line.parts;
  if (asked.empty() || target.path != asked.substr(0, mark)) return false;
  if (head.line.method != "GET" && head.line.method != "HEAD") return false;
  return mark == asked.npos || target.query == asked.substr(mark + 1);
}

BuiltInPaths::Kind BuiltInPaths::kind_of(const RequestHead& head) const noexcept {
  if (is_health(head)) return Kind::probe;
  return head.line.parts.path == whole_server ? Kind::server : Kind::none;
}

Response BuiltInPaths::handle(const Request& request) {
  Response response;
  if (request.path == whole_server) return response;
  response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.body = format_health(context_.report.health(context_.now));
  return response;
}

}  // namespace brood
