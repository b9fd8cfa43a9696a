#include "handlers/entity_tag.hpp"

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
  const bool is_weak = list.starts_with("W/");
  const std::string_view text = list.substr(is_weak ? 2 : 0);
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t end = 1;
  while (end < text.size() && may_stand_in_tag(text[end])) ++end;
  if (end == text.size() || text[end] != '"') return std::nullopt;
  const std::string_view opaque = text.substr(0, end + 1);
  list = text.substr(opaque.size());
  return EntityTag{.opaque = opaque, .is_weak = is_weak};
}

}  // namespace brood
