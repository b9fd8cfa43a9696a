#include "base/clock.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(points_and_durations_calculate) {
  constexpr TimePoint point{5'000'000'000};
  BOOST_TEST((point + 2s == TimePoint{7'000'000'000}));
  BOOST_TEST((point + -6s == TimePoint{-1'000'000'000}));
  BOOST_TEST((TimePoint{9} - TimePoint{4} == 5ns));
  BOOST_TEST((TimePoint{4} - TimePoint{9} == -5ns));
  BOOST_TEST((TimePoint{4} < TimePoint{9}));
  BOOST_TEST((TimePoint{} == TimePoint{0}));
}

BOOST_AUTO_TEST_CASE(a_duration_in_microseconds_is_cut_to_whole_ones) {
  BOOST_TEST(to_us(0ns) == 0);
  BOOST_TEST(to_us(999ns) == 0);
  BOOST_TEST(to_us(1us) == 1);
  BOOST_TEST(to_us(1999ns) == 1);
  BOOST_TEST(to_us(-1999ns) == -1);
  BOOST_TEST(to_us(1h) == 3'600'000'000);
  BOOST_TEST(to_us(Duration::max()) == std::numeric_limits<std::int64_t>::max() / 1000);
}

BOOST_AUTO_TEST_CASE(now_is_after_the_start_of_the_machine_and_never_goes_back) {
  TimePoint last = steady_now();
  BOOST_TEST(last.ns > 0);
  for (int count = 0; count < 1000; ++count) {
    const TimePoint now = steady_now();
    BOOST_REQUIRE(last <= now);
    last = now;
  }
}

BOOST_AUTO_TEST_CASE(now_is_the_clock_that_other_processes_read) {
  timespec monotonic{};
  const TimePoint before = steady_now();
  BOOST_TEST(::clock_gettime(CLOCK_MONOTONIC, &monotonic) == 0);
  const TimePoint after = steady_now();
  const TimePoint read{std::int64_t{monotonic.tv_sec} * 1'000'000'000 + monotonic.tv_nsec};
  BOOST_TEST((before <= read && read <= after));
}

BOOST_AUTO_TEST_SUITE_END()
