#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace brood::characters {

/// Sets of octets, as bits. "%" belongs to a query alone: elsewhere what follows it counts too.
enum Class : std::uint8_t {
  token = 1,        ///< tchar: RFC 9110, section 5.6.2
  field_value = 2,  ///< field-vchar, SP, HTAB: RFC 9110, section 5.5
  path = 4,         ///< pchar and "/", and what clients leave unencoded there
  query = 8,        ///< all but controls, SP and "#", as clients leave it
  host = 16,        ///< reg-name: RFC 3986, section 3.2.2, less the comma
  digit = 32,
  hex_digit = 64,
};

namespace detail {
constexpr std::array<std::uint8_t, 256> build() {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&table](std::string_view set, int classes) {
    for (const char c : set) {
      auto& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | classes);
    }
  };
  for (unsigned c = 0x20; c < 256; ++c)
    if (c != 0x7f) table[c] = field_value;
  add("\t", field_value);
  for (unsigned c = 0x21; c < 256; ++c)
    if (c != 0x7f && c != '#') table[c] |= query;
  for (unsigned c = 0x80; c < 256; ++c) table[c] |= path;  // UTF-8, as curl sends it.
  add("0123456789", token | path | host | digit | hex_digit);
  add("abcdefABCDEF", token | path | host | hex_digit);
  add("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ", token | path | host);
  add("!#$%&'*+-.^_`|~", token);
  add("-._~", path | host);        // unreserved
  add("!$&'()*+;=", path | host);  // sub-delims
  add(",", path);                  // In a Host it would be the mark of two that somebody joined.
  add(":@/", path);
  add("[]|^", path);  // Not in RFC 3986, but sent raw by browsers (WHATWG URL).
  return table;
}
inline constexpr std::array<std::uint8_t, 256> table = build();
}  // namespace detail

constexpr bool is(char c, std::uint8_t classes) noexcept {
  return (detail::table[static_cast<unsigned char>(c)] & classes) != 0;
}

/// \pre `digit` is a hexadecimal one.
constexpr unsigned hex_value(char digit) noexcept {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

constexpr bool all(std::string_view text, std::uint8_t classes) noexcept {
  return std::all_of(text.begin(), text.end(), [classes](char c) { return is(c, classes); });
}

/// Whether `text` is made of `classes` and whole percent-encodings (RFC 3986, section 2.1).
constexpr bool all_or_encoded(std::string_view text, std::uint8_t classes) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is(text[i], classes)) continue;
    if (text[i] != '%' || text.size() - i < 3) return false;
    if (!is(text[i + 1], hex_digit) || !is(text[i + 2], hex_digit)) return false;
    i += 2;
  }
  return true;
}

/// Where the first byte from `at` on stands that belongs in no field's value; else the end.
inline std::size_t find_not_field_value(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;  // A 1 in each byte.
  static_assert(std::endian::native == std::endian::little);
  // Eight bytes at once: a byte below n leaves its high bit set in (byte - n) & ~byte, and the
  // lowest such bit is exact. HTAB is a control character that may stand there.
  for (std::uint64_t word = 0; text.size() - at >= sizeof word;) {
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t from_del = word ^ ones * 0x7f;
    const std::uint64_t controls =
        (((word - ones * 0x20) & ~word) | ((from_del - ones) & ~from_del)) & ones * 0x80;
    if (controls == 0) {
      at += sizeof word;
      continue;
    }
    at += static_cast<std::size_t>(std::countr_zero(controls)) / 8;
    if (text[at] != '\t') return at;
    ++at;
  }
  while (at < text.size() && is(text[at], field_value)) ++at;
  return at;
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// ASCII only, as names and tokens of HTTP are.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// Without the optional white space (SP, HTAB) around it.
constexpr std::string_view trimmed(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace brood::characters
