#include "http/request_head.hpp"

#include <charconv>

#include "http/characters.hpp"
#include "http/host.hpp"

namespace brood {
namespace {

constexpr Refusal bad_coding{400, "Transfer-Encoding is malformed or ambiguous"};

/// What the fields that decide have said, before it is held together.
struct Facts {
  std::size_t host_count = 0;
  std::string_view host;
  std::size_t length_count = 0;
  std::string_view length;
  std::size_t coding_count = 0;
  bool ends_in_chunked = false;
  bool has_close = false;
  bool has_keep_alive = false;
  bool has_continue = false;
  Refusal refusal;  // The first.

  void refuse(Refusal why) noexcept {
    if (!refusal) refusal = why;
  }
};

/// All Transfer-Encoding fields make one list, in which only the last may be `chunked`.
void note_codings(std::string_view value, Facts& facts) noexcept {
  std::optional<std::string_view> list = value;
  while (const auto coding = next_element(list)) {
    if (coding->empty() || !characters::all(*coding, characters::token) || facts.ends_in_chunked)
      facts.refuse(bad_coding);
    facts.ends_in_chunked = characters::equal_ignoring_case(*coding, "chunked");
    ++facts.coding_count;
  }
}

void note_connection(std::string_view value, Facts& facts) noexcept {
  std::optional<std::string_view> list = value;
  while (const auto option = next_element(list)) {
    if (!characters::all(*option, characters::token))
      facts.refuse({400, "Connection is malformed"});
    facts.has_close |= characters::equal_ignoring_case(*option, "close");
    facts.has_keep_alive |= characters::equal_ignoring_case(*option, "keep-alive");
  }
}

void note(const FieldView& field, bool is_http_1_0, Facts& facts) noexcept {
  switch (known_field(field.name)) {
    case KnownField::host:
      ++facts.host_count;
      facts.host = field.value;
      return;
    case KnownField::content_length:
      ++facts.length_count;
      facts.length = field.value;
      return;
    case KnownField::transfer_encoding: note_codings(field.value, facts); return;
    case KnownField::connection: note_connection(field.value, facts); return;
    case KnownField::expect:
      if (is_http_1_0) return;  // To be ignored there.
      facts.has_continue = characters::equal_ignoring_case(field.value, "100-continue");
      if (!facts.has_continue) facts.refuse({417, "the only expectation met is 100-continue"});
      return;
    case KnownField::other: return;
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

Refusal judge_codings(const Facts& facts, RequestHead& head) noexcept {
  if (head.line.is_http_1_0) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (facts.length_count > 0) return {400, "both Content-Length and Transfer-Encoding"};
  if (!facts.ends_in_chunked || facts.coding_count > 1)
    return {501, "the only transfer coding known is chunked"};
  head.framing = Framing::chunked;
  return {};
}

Refusal judge_length(const Facts& facts, RequestHead& head, const SessionLimits& limits) noexcept {
  if (facts.length_count > 1) return {400, "more than one Content-Length"};
  const std::string_view text = facts.length;
  // By the digits, not by from_chars() alone, which stops at what it does not know.
  if (text.empty() || !characters::all(text, characters::digit))
    return {400, "Content-Length is malformed"};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), head.content_length);
  if (error != std::errc{} || head.content_length > limits.max_body_bytes)
    return {413, "the body is too large"};
  head.framing = Framing::length;
  return {};
}

Refusal judge_framing(const Facts& facts, RequestHead& head, const SessionLimits& limits) noexcept {
  head.framing = Framing::none;
  head.content_length = 0;
  if (facts.coding_count > 0) return judge_codings(facts, head);
  if (facts.length_count > 0) return judge_length(facts, head, limits);
  if (needs_length(head.line.method)) return {411, "neither Content-Length nor Transfer-Encoding"};
  return {};
}

}  // namespace

Refusal judge_request(RequestHead& head, const SessionLimits& limits) noexcept {
  Facts facts;
  for (const FieldView& field : head.fields) note(field, head.line.is_http_1_0, facts);
  if (const Refusal refusal = judge_host(facts, head)) return refusal;
  // Framing before expectations: what cannot be read must not be a matter of taste.
  if (facts.refusal.status == 400) return facts.refusal;
  if (const Refusal refusal = judge_framing(facts, head, limits)) return refusal;
  if (facts.refusal) return facts.refusal;
  head.keeps_alive = !facts.has_close && (!head.line.is_http_1_0 || facts.has_keep_alive);
  head.expects_continue = facts.has_continue && head.has_body();
  return {};
}

}  // namespace brood
