// What libFuzzer calls; BROOD_FUZZ_ENTRY is the name of an entry.

#include "fuzz/entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return BROOD_FUZZ_ENTRY(data, size);
}
