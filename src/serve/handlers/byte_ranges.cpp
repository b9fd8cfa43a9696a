#include "serve/handlers/byte_ranges.hpp"

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

/// What is needed to tell whether ranges are asked for in good faith; see parse_ranges().
class RangesSoFar {
 public:
  void add(const ByteRange& range) noexcept {
    is_ordered_ &= range.offset >= offset_;
    if (range.offset < end_) ++overlaps_;
    offset_ = range.offset;
    end_ = std::max(end_, range.offset + range.size);
    asked_ += range.size + part_head_size;
  }
  bool is_ordered() const noexcept { return is_ordered_; }
  /// \pre They are in order.
  bool overlap() const noexcept { return overlaps_ > 1; }
  bool ask_too_much(std::uint64_t size) const noexcept {
    constexpr std::uint64_t always_granted = 64UL * 1024;
    return asked_ / 2 > size && asked_ - size > size + always_granted;
  }

 private:
  std::uint64_t offset_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t asked_ = 0;
  std::size_t overlaps_ = 0;
  bool is_ordered_ = true;
};

/// \pre No more of them than may come in any order.
bool overlap_out_of_order(std::vector<ByteRange> ranges) {
  std::ranges::sort(ranges, {}, &ByteRange::offset);
  RangesSoFar in_order;
  for (const ByteRange& range : ranges) in_order.add(range);
  return in_order.overlap();
}

bool are_honest(const std::vector<ByteRange>& ranges, const RangesSoFar& so_far) {
  if (so_far.is_ordered()) return !so_far.overlap();
  return ranges.size() <= unordered_ranges_max && !overlap_out_of_order(ranges);
}

}  // namespace

std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!characters::equal_ignoring_case(field.substr(0, unit.size()), unit)) return std::nullopt;
  if (size == 0) return std::nullopt;  // It has no byte that Content-Range could name.
  std::vector<ByteRange> ranges;
  RangesSoFar so_far;
  bool is_any = false;
  std::string_view list = field.substr(unit.size());
  while (const auto text = next_element_of(list)) {
    const auto range = read_range(*text, size);
    if (!range) return std::nullopt;
    is_any = true;
    if (range->size == 0) continue;
    ranges.push_back(*range);
    so_far.add(*range);
    if (ranges.size() > 1 && so_far.ask_too_much(size)) return std::nullopt;
  }
  if (!is_any || !are_honest(ranges, so_far)) return std::nullopt;
  return ranges;
}

}  // namespace brood
