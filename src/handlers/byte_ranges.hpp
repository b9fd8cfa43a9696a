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

/// More parts than these are no honest wish; answered with the whole.
inline constexpr std::size_t ranges_max = 16;

/// The parts that a Range field asks for, of a representation of this size, in the order in which
/// it asks (RFC 9110, section 14). Empty: none of them can be had (416). Nothing: the field is to
/// be ignored, because it is malformed, of another unit, of too many parts or of such as overlap
/// (section 14.2 leaves that to the server), or a suffix of an empty representation.
std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, std::uint64_t size);

}  // namespace brood
