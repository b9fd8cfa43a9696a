#include "base/units.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(durations_are_read_in_every_unit) {
  const struct {
    const char* name;
    const char* text;
    brood::Duration want;
  } rows[] = {
      {"hours", "2h", 2h},
      {"minutes", "5m", 5min},
      {"seconds", "3s", 3s},
      {"milliseconds", "250ms", 250ms},
      {"microseconds", "40us", 40us},
      {"nanoseconds", "7ns", 7ns},
      {"zero needs no unit", "0", 0s},
      {"zero may have one", "0s", 0s},
      {"leading zeros", "007s", 7s},
      {"the longest", "9223372036854775807ns", brood::Duration::max()},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto got = brood::parse_duration(row.text);
      BOOST_REQUIRE(got.has_value());
      BOOST_TEST(got->count() == row.want.count());
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const char* const text :
       {"", "5", "s", "-1s", "+1s", "1.5s", "5 s", " 5s", "5s ", "5S", "5sec", "1h30m", "0x1s",
        "9223372036854775808ns", "2562048h", "18446744073709551616ns"})
    BOOST_TEST_CONTEXT("text '" << text << "'")
  BOOST_TEST(!brood::parse_duration(text).has_value());
}

BOOST_AUTO_TEST_CASE(sizes_are_read_in_steps_of_1024) {
  const struct {
    const char* text;
    std::uint64_t want;
  } rows[] = {
      {"0", 0},          {"512", 512},       {"64k", 65536},
      {"16M", 16777216}, {"1G", 1ULL << 30}, {"8589934591G", 8589934591ULL << 30},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.text) {
      const auto got = brood::parse_size(row.text);
      BOOST_REQUIRE(got.has_value());
      BOOST_TEST(*got == row.want);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const char* const text : {"", "k", "-1", "-1k", "1.5k", "1 k", "1K", "1m", "1kB", "1T",
                                 "8589934592G", "9223372036854775808"})
    BOOST_TEST_CONTEXT("text '" << text << "'")
  BOOST_TEST(!brood::parse_size(text).has_value());
}

BOOST_AUTO_TEST_CASE(durations_are_written_in_the_largest_unit_that_loses_nothing) {
  const struct {
    brood::Duration value;
    const char* want;
  } rows[] = {{0s, "0"},   {7ns, "7ns"}, {1500us, "1500us"}, {1500ms, "1500ms"}, {3s, "3s"},
              {60s, "1m"}, {90s, "90s"}, {7200s, "2h"},      {1h + 1s, "3601s"}};
  for (const auto& row : rows) {
    BOOST_TEST(brood::format_duration(row.value) == row.want);
    BOOST_TEST((brood::parse_duration(row.want) == row.value), row.want);
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_written_in_the_largest_unit_that_loses_nothing) {
  const struct {
    std::uint64_t value;
    const char* want;
  } rows[] = {{0, "0"},          {1000, "1000"}, {1024, "1k"},
              {16 << 20, "16M"}, {1536, "1536"}, {1ULL << 40, "1024G"}};
  for (const auto& row : rows) {
    BOOST_TEST(brood::format_size(row.value) == row.want);
    BOOST_TEST((brood::parse_size(row.want) == row.value), row.want);
  }
}

BOOST_AUTO_TEST_SUITE_END()
