#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.hpp"

namespace brood {

/// A number for some bytes, the same in every process and on every machine: FNV-1a (RFC 9923) of
/// 64 bits, then mixed, for FNV alone differs too little between keys that differ at their end.
constexpr std::uint64_t hash_of(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return SplitMix{hash}.next();
}

}  // namespace brood
