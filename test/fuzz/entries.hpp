#pragma once
// One entry for each parser of bytes that somebody else has written. Each drives its parser over
// the bytes whole, byte by byte and cut at random (the same cuts for the same bytes), holds the
// results against each other and against what must hold for every input, and throws
// std::logic_error when a promise is broken. Returns 0, as libFuzzer wishes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "support/mutation.hpp"

int fuzz_session(const std::uint8_t* data, std::size_t size);
int fuzz_client_session(const std::uint8_t* data, std::size_t size);
int fuzz_chunk(const std::uint8_t* data, std::size_t size);
int fuzz_target(const std::uint8_t* data, std::size_t size);
int fuzz_proxy_header(const std::uint8_t* data, std::size_t size);
int fuzz_cgi_head(const std::uint8_t* data, std::size_t size);
int fuzz_frame(const std::uint8_t* data, std::size_t size);
int fuzz_config(const std::uint8_t* data, std::size_t size);

namespace brood::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

/// The ways in which the bytes may arrive: in one piece, byte by byte, and in pieces of chance.
inline std::vector<std::vector<std::string_view>> ways_to_cut(std::string_view bytes) {
  std::uint64_t seed = bytes.size();
  for (const char byte : bytes) seed = seed * 31 + static_cast<unsigned char>(byte);
  SplitMix random{seed};
  return {{bytes},
          test::cut(bytes, random, 1),
          test::cut(bytes, random, 60),
          test::cut(bytes, random, 4),
          test::cut(bytes, random, 300)};
}

}  // namespace brood::fuzz
