#include "serve/handlers/entity_tag.hpp"

#include <array>
#include <charconv>

#include "http/field.hpp"

namespace brood {
namespace {

void append_hex(std::uint64_t value, std::string& text) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  text.append(digits.data(), end);
}

/// etagc: RFC 9110, section 8.8.3.
constexpr bool may_stand_in_tag(char c) noexcept {
  const auto value = static_cast<unsigned char>(c);
  return value == 0x21 || (value >= 0x23 && value != 0x7f);
}

}  // namespace

std::string format_entity_tag(const FileFacts& facts) {
  std::string tag;
  tag.reserve(52);  // Three times 16 digits, two dashes, two quotes.
  tag += '"';
  append_hex(facts.inode, tag);
  tag += '-';
  append_hex(static_cast<std::uint64_t>(facts.modified_ns), tag);
  tag += '-';
  append_hex(facts.size, tag);
  tag += '"';
  return tag;
}

std::optional<EntityTag> next_entity_tag(std::string_view& list) noexcept {
  skip_separators(list);
  const char* const end = list.data() + list.size();
  const bool is_weak = list.starts_with("W/");
  const char* const first = list.data() + (is_weak ? 2 : 0);
  if (first == end || *first != '"') return std::nullopt;
  const char* last = first + 1;
  while (last != end && may_stand_in_tag(*last)) ++last;
  if (last == end || *last != '"') return std::nullopt;
  const std::string_view opaque{first, static_cast<std::size_t>(last + 1 - first)};
  list = {last + 1, static_cast<std::size_t>(end - last - 1)};
  return EntityTag{.opaque = opaque, .is_weak = is_weak};
}

}  // namespace brood
