#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace brood {

/// A part of a representation; never empty.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  std::uint64_t last() const noexcept { return offset + size - 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// So many parts may come in any order; more of them only in that of the representation.
inline constexpr std::size_t unordered_ranges_max = 16;

/// About what goes before each of several parts.
inline constexpr std::uint64_t part_head_size = 128;

/// The parts that a Range field asks for, of a representation of this size, in the order in which
/// it asks (RFC 9110, section 14). Empty: none of them can be had (416). Nothing: the field is to
/// be ignored, because it is malformed or of another unit, because the representation is empty, or
/// because no honest client would ask so (section 14.2): more than two ranges overlap, many are out
/// of order, or the parts with what goes before each are far more than the whole.
std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, std::uint64_t size);

}  // namespace brood
