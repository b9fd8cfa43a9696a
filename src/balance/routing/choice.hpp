#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "balance/routing/server.hpp"
#include "base/clock.hpp"

namespace brood {

/// A choice and how it came about, for the log, the dump and the tests.
struct Choice {
  struct Candidate {
    ServerId server = no_server;
    double score = 0;  ///< By the rule; the lowest wins.
  };

  ServerId server = no_server;
  std::string_view reason;  ///< A few static words: "fewest in flight", "the only one", "all full".
  bool is_full = false;     ///< With no_server: some are available, but it has to wait for a place.
  TimePoint look_again = never;  ///< With is_full: choose again then, even if nothing has happened.
  std::array<Candidate, 4> candidates{};  ///< Those that were compared last, best first.
  std::uint32_t candidate_count = 0;
  bool is_turn = false;    ///< All who could answer at once shared it by turns.
  std::uint64_t draw = 0;  ///< The first random number that went into it; 0: none.
};

}  // namespace brood
