#pragma once
// Hostile bytes by chance: the same for the same seed everywhere.

#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace brood::test {

/// Takes a few bytes away, doubles, changes or moves them.
inline std::string mutated(std::string bytes, SplitMix& random) {
  constexpr std::string_view odd{
      "\r\n\0 \t:;,%\"\x80\xff"
      "0aG/",
      16};
  for (std::uint32_t n = random.below(4); n > 0 && !bytes.empty(); --n) {
    const std::size_t at = random.below(static_cast<std::uint32_t>(bytes.size()));
    const std::size_t size = random.below(8);
    const char replacement = odd[random.below(static_cast<std::uint32_t>(odd.size()))];
    switch (random.below(4)) {
      case 0: bytes.erase(at, size); break;
      case 1: bytes.insert(at, bytes.substr(at, size)); break;
      case 2: bytes[at] = replacement; break;
      default: bytes.insert(at, 1, replacement); break;
    }
  }
  return bytes;
}

inline std::string garbage(SplitMix& random) {
  std::string bytes(random.below(400), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

/// Into pieces of 1 to `most` bytes.
inline std::vector<std::string_view> cut(std::string_view bytes, SplitMix& random,
                                         std::uint32_t most = 60) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    pieces.push_back(bytes.substr(0, 1 + random.below(most)));
    bytes.remove_prefix(pieces.back().size());
  }
  return pieces;
}

}  // namespace brood::test
