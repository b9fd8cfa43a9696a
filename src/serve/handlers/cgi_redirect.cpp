#include "serve/handlers/cgi_redirect.hpp"

#include <algorithm>
#include <iterator>

#include "http/characters.hpp"
#include "http/target.hpp"

namespace brood {
namespace {

bool describes_body(const FieldView& field) noexcept {
  constexpr std::string_view prefix = "Content-";
  return characters::equal_ignoring_case(field.name.substr(0, prefix.size()), prefix) ||
         characters::equal_ignoring_case(field.name, "Transfer-Encoding");
}

}  // namespace

bool is_local_redirect(const CgiHead& head) noexcept {
  return head.is_local_redirect && head.fields.empty() && !head.content_length &&
         !head.location.starts_with("//");
}

std::optional<Request> redirected(const Request& request, std::string_view location,
                                  std::vector<FieldView>& fields) {
  Target target;
  if (parse_target(location, false, target).status != 0) return std::nullopt;
  if (target.form != Target::Form::origin) return std::nullopt;
  fields.clear();
  std::ranges::remove_copy_if(request.fields, std::back_inserter(fields), describes_body);
  Request asked = request;
  asked.method = request.method == "HEAD" ? "HEAD" : "GET";
  asked.target = location;
  asked.path = target.path;
  asked.query = target.query;
  asked.fields = fields;
  asked.body = {};
  return asked;
}

}  // namespace brood
