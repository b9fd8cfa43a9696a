#include "http/framing.hpp"

#include <charconv>
#include <optional>

#include "http/characters.hpp"

namespace brood {

void FramingFacts::note(KnownField name, std::string_view value) noexcept {
  switch (name) {
    case KnownField::content_length:
      ++length_count;
      length = value;
      return;
    case KnownField::transfer_encoding: return note_codings(value);
    case KnownField::connection: return note_connection(value);
    default: return;
  }
}

void FramingFacts::refuse(Refusal why) noexcept {
  if (!refusal) refusal = why;
}

/// All Transfer-Encoding fields make one list, in which only the last may be `chunked`.
void FramingFacts::note_codings(std::string_view value) noexcept {
  std::optional<std::string_view> list = value;
  while (const auto coding = next_element(list)) {
    if (coding->empty() || !characters::all(*coding, characters::token) || ends_in_chunked)
      refuse({400, "Transfer-Encoding is malformed or ambiguous"});
    ends_in_chunked = characters::equal_ignoring_case(*coding, "chunked");
    ++coding_count;
  }
}

void FramingFacts::note_connection(std::string_view value) noexcept {
  while (const auto option = next_element_of(value)) {
    if (!characters::all(*option, characters::token)) refuse({400, "Connection is malformed"});
    const bool is_close = characters::equal_ignoring_case(*option, "close");
    const bool is_keep_alive = characters::equal_ignoring_case(*option, "keep-alive");
    has_close |= is_close;
    has_keep_alive |= is_keep_alive;
    has_options |= !is_close && !is_keep_alive;
    has_upgrade |= characters::equal_ignoring_case(*option, "upgrade");
  }
}

Refusal FramingFacts::judge(bool is_http_1_0, std::uint64_t size_max, Framing& framing,
                            std::uint64_t& content_length) const noexcept {
  framing = Framing::none;
  content_length = 0;
  if (refusal) return refusal;
  if (coding_count > 0) {
    framing = Framing::chunked;
    return judge_codings(is_http_1_0);
  }
  if (length_count > 0) {
    framing = Framing::length;
    return judge_length(size_max, content_length);
  }
  return {};
}

Refusal FramingFacts::judge_codings(bool is_http_1_0) const noexcept {
  if (is_http_1_0) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (length_count > 0) return {400, "both Content-Length and Transfer-Encoding"};
  if (!ends_in_chunked || coding_count > 1)
    return {501, "the only transfer coding known is chunked"};
  return {};
}

Refusal FramingFacts::judge_length(std::uint64_t size_max,
                                   std::uint64_t& content_length) const noexcept {
  if (length_count > 1) return {400, "more than one Content-Length"};
  // By the digits, not by from_chars() alone, which stops at what it does not know.
  if (length.empty() || !characters::all(length, characters::digit))
    return {400, "Content-Length is malformed"};
  const auto [end, error] =
      std::from_chars(length.data(), length.data() + length.size(), content_length);
  if (error != std::errc{} || content_length > size_max) return {413, "the body is too large"};
  return {};
}

}  // namespace brood
