#include "http/request_head.hpp"

#include "http/characters.hpp"
#include "http/host.hpp"

namespace brood {
namespace {

/// What the fields that decide have said, before it is held together.
struct Facts {
  FramingFacts framing;
  std::size_t host_count = 0;
  std::string_view host;
  bool has_continue = false;
  bool has_other_expectation = false;
};

void note(const FieldView& field, Facts& facts) noexcept {
  const KnownField name = known_field(field.name);
  switch (name) {
    case KnownField::other: return;
    case KnownField::host:
      ++facts.host_count;
      facts.host = field.value;
      return;
    case KnownField::expect:
      facts.has_continue = characters::equal_ignoring_case(field.value, "100-continue");
      facts.has_other_expectation |= !facts.has_continue;
      return;
    default: facts.framing.note(name, field.value);
  }
}

Refusal judge_host(const Facts& facts, RequestHead& head) noexcept {
  if (facts.host_count > 1) return {400, "more than one Host"};
  if (facts.host_count == 0 && !head.line.is_http_1_0) return {400, "Host is missing"};
  // Empty is what a client sends whose URI has no authority.
  if (!facts.host.empty() && !is_host_and_port(facts.host)) return {400, "Host is malformed"};
  const std::string_view authority = head.line.parts.authority;
  head.host = authority.empty() ? facts.host : authority;
  return {};
}

}  // namespace

Refusal judge_request(RequestHead& head, const SessionLimits& limits) noexcept {
  const bool is_http_1_0 = head.line.is_http_1_0;
  Facts facts;
  for (const FieldView& field : head.fields) note(field, facts);
  if (const Refusal refusal = judge_host(facts, head)) return refusal;
  // Framing before expectations: what cannot be read must not be a matter of taste.
  if (const Refusal refusal = facts.framing.judge(is_http_1_0, limits.max_body_bytes, head.framing,
                                                  head.content_length))
    return refusal;
  // Those of 1.0 are to be ignored.
  if (facts.has_other_expectation && !is_http_1_0)
    return {417, "the only expectation met is 100-continue"};
  head.keeps_alive = facts.framing.keeps_alive(is_http_1_0);
  head.has_options = facts.framing.has_options;
  head.wants_upgrade = facts.framing.has_upgrade && !is_http_1_0;
  head.expects_continue = facts.has_continue && !is_http_1_0 && head.has_body();
  return {};
}

}  // namespace brood
