#include "handlers/byte_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "http/characters.hpp"
#include "http/field.hpp"

namespace brood {
namespace {

/// Digits alone; what does not fit is beyond every end anyhow.
std::optional<std::uint64_t> read_position(std::string_view text) noexcept {
  if (text.empty() || !characters::all(text, characters::digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

/// "500-999", "500-" or "-500". \return nothing if it is malformed; of size 0 if it cannot be had.
std::optional<ByteRange> read_range(std::string_view text, std::uint64_t size) noexcept {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view after = text.substr(dash + 1);
  const auto last = read_position(after);
  if (dash == 0) {
    if (!last) return std::nullopt;
    const std::uint64_t suffix = std::min(*last, size);
    return ByteRange{.offset = size - suffix, .size = suffix};
  }
  const auto first = read_position(text.substr(0, dash));
  if (!first || (!last && !after.empty()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return ByteRange{};
  const std::uint64_t end = last && *last < size ? *last + 1 : size;
  return ByteRange{.offset = *first, .size = end - *first};
}

bool overlap(const ByteRange& a, const ByteRange& b) noexcept {
  return a.offset <= b.last() && b.offset <= a.last();
}

/// An empty representation has no byte that Content-Range could name.
bool is_suffix_of_nothing(std::string_view text, std::uint64_t size) noexcept {
  return size == 0 && text.starts_with('-');
}

}  // namespace

std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!characters::equal_ignoring_case(field.substr(0, unit.size()), unit)) return std::nullopt;
  std::vector<ByteRange> ranges;
  std::size_t count = 0;
  std::optional<std::string_view> list = field.substr(unit.size());
  while (const auto text = next_element(list)) {
    if (text->empty()) continue;
    const auto range = read_range(*text, size);
    if (!range || ++count > ranges_max || is_suffix_of_nothing(*text, size)) return std::nullopt;
    if (range->size == 0) continue;
    const auto overlaps = [&](const ByteRange& other) { return overlap(*range, other); };
    if (std::any_of(ranges.begin(), ranges.end(), overlaps)) return std::nullopt;
    ranges.push_back(*range);
  }
  if (count == 0) return std::nullopt;
  return ranges;
}

}  // namespace brood
