#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"

namespace brood::sim_test {

/// The first seed of every property: BROOD_SEED, or 1.
inline std::uint64_t first_seed() {
  const char* const text = std::getenv("BROOD_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

/// Runs `body(seed, random)` for so many seeds. The first that fails is named, so that it can be
/// run again as the first: BROOD_SEED=417 build/dev/test/test_sim.
template <class Body>
void for_each_seed(unsigned count, Body body) {
  const std::uint64_t first = first_seed();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    BOOST_TEST_INFO_SCOPE("replay: BROOD_SEED=" << seed);
    body(seed, SplitMix{seed});
  }
}

}  // namespace brood::sim_test
