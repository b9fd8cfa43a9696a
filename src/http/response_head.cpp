#include "http/response_head.hpp"

#include "http/status.hpp"

namespace brood {

Refusal judge_response(ResponseHead& head, bool is_answer_to_head,
                       const SessionLimits& limits) noexcept {
  FramingFacts facts;
  for (const FieldView& field : head.fields) facts.note(known_field(field.name), field.value);
  const Refusal refusal =
      facts.judge(head.line.is_http_1_0, limits.max_body_bytes, head.framing, head.content_length);
  if (refusal) return {502, refusal.why};
  head.keeps_alive = facts.keeps_alive(head.line.is_http_1_0);
  head.has_options = facts.has_options;
  const int status = head.line.status;
  if (is_answer_to_head || status < 200 || is_bodiless(status)) {
    head.framing = Framing::none;
  } else if (head.framing == Framing::none) {
    head.framing = Framing::until_close;
    head.keeps_alive = false;
  }
  return {};
}

}  // namespace brood
