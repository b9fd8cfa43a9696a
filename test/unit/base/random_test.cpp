#include "base/random.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(random_numbers)

BOOST_AUTO_TEST_CASE(a_seed_gives_the_numbers_of_the_published_algorithm) {
  const std::uint64_t of_0[] = {0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f,
                                0xf88bb8a8724c81ec};
  SplitMix random{0};
  for (const std::uint64_t want : of_0) BOOST_TEST(random.next() == want);
  const std::uint64_t of_1234567[] = {6457827717110365317, 3203168211198807973,
                                      9817491932198370423ULL, 4593380528125082431,
                                      16408922859458223821ULL};
  SplitMix other{1'234'567};
  for (const std::uint64_t want : of_1234567) BOOST_TEST(other.next() == want);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run_and_another_another) {
  SplitMix first{42}, same{42}, other{43};
  int different = 0;
  for (int count = 0; count < 1000; ++count) {
    const std::uint64_t number = first.next();
    BOOST_TEST(number == same.next());
    different += number == other.next() ? 0 : 1;
  }
  BOOST_TEST(different == 1000);
}

BOOST_AUTO_TEST_CASE(below_stays_below_and_reaches_everything_alike) {
  SplitMix random{7};
  for (const std::uint32_t bound : {1U, 2U, 3U, 10U, 97U}) {
    constexpr int draws_each = 2000;
    std::vector<int> hits(bound);
    for (std::uint32_t draw = 0; draw < draws_each * bound; ++draw) {
      const std::uint32_t number = random.below(bound);
      BOOST_REQUIRE(number < bound);
      ++hits[number];
    }
    // Six standard deviations of a binomial count.
    for (const int count : hits) BOOST_TEST(std::abs(count - draws_each) < 6 * std::sqrt(2000.0));
  }
}

BOOST_AUTO_TEST_CASE(below_works_up_to_the_greatest_bound) {
  SplitMix random{8};
  std::uint32_t least = ~0U, most = 0;
  for (int draw = 0; draw < 10'000; ++draw) {
    const std::uint32_t number = random.below(~0U);
    least = std::min(least, number);
    most = std::max(most, number);
  }
  BOOST_TEST(most < ~0U);
  BOOST_TEST(most > 4'290'000'000U);
  BOOST_TEST(least < 4'000'000U);
}

BOOST_AUTO_TEST_CASE(unit_is_at_least_0_below_1_and_a_half_on_average) {
  SplitMix random{9};
  double sum = 0;
  constexpr int draws = 100'000;
  for (int draw = 0; draw < draws; ++draw) {
    const double number = random.unit();
    BOOST_REQUIRE(number >= 0);
    BOOST_REQUIRE(number < 1);
    sum += number;
  }
  BOOST_TEST(sum / draws == 0.5, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(exponential_is_finite_never_negative_and_has_its_mean) {
  SplitMix random{10};
  constexpr int draws = 100'000;
  double sum = 0;
  int above_mean = 0;
  for (int draw = 0; draw < draws; ++draw) {
    const double number = random.exponential(20);
    BOOST_REQUIRE(std::isfinite(number));
    BOOST_REQUIRE(number >= 0);
    sum += number;
    above_mean += number > 20 ? 1 : 0;
  }
  BOOST_TEST(sum / draws == 20, boost::test_tools::tolerance(0.02));
  BOOST_TEST(above_mean / double{draws} == std::exp(-1.0), boost::test_tools::tolerance(0.03));
  BOOST_TEST(random.exponential(0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
