#include "serve/pool/pauses.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pauses)

namespace {

using namespace brood;

constexpr TimePoint at(std::int64_t ms) {
  return {ms * 1'000'000};
}

std::int64_t moved_ms(const Pauses& pauses, std::int64_t since, std::int64_t now) {
  return pauses.moved(at(since), at(now)).ns / 1'000'000;
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_is_a_little_late_has_not_paused) {
  Pauses pauses;
  pauses.note(at(0), at(1000), at(1000));
  pauses.note(at(1000), at(2000), at(2250));
  BOOST_TEST(moved_ms(pauses, 500, 3000) == 500);
}

BOOST_AUTO_TEST_CASE(a_moment_is_moved_by_the_part_of_each_pause_that_came_after_it) {
  Pauses pauses;
  pauses.note(at(1000), at(2000), at(7000));
  pauses.note(at(8000), at(9000), at(11'000));
  const struct {
    const char* name;
    std::int64_t since, now, want;
  } rows[] = {
      {"before both", 500, 12'000, 9500},
      {"in the first", 5000, 12'000, 10'000},
      {"between them", 7500, 12'000, 10'500},
      {"after both", 11'500, 12'000, 11'500},
      {"seen from the first's end", 500, 7000, 6500},
      {"seen from within the second", 7500, 10'000, 9500},
      {"never set", 0, 12'000, 9000},
      {"from the future", 13'000, 12'000, 13'000},
  };
  for (const auto& row : rows)
    BOOST_TEST(moved_ms(pauses, row.since, row.now) == row.want, row.name);
}

BOOST_AUTO_TEST_CASE(the_newest_are_remembered) {
  Pauses pauses;
  for (std::int64_t round = 0; round < 100; ++round)
    pauses.note(at(round * 10'000), at(round * 10'000 + 1000), at(round * 10'000 + 5000));
  BOOST_TEST(moved_ms(pauses, 990'000, 996'000) == 995'000);
  BOOST_TEST(moved_ms(pauses, 0, 996'000) == 8 * 5000);
}

BOOST_AUTO_TEST_SUITE_END()
