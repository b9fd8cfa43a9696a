#include "wire/health_document.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace brood;

BOOST_AUTO_TEST_SUITE(health_document)

BOOST_AUTO_TEST_CASE(it_is_errors_then_entries_each_on_a_line) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(format_health({}) == "0\n0\n");
  BOOST_TEST(format_health({.errors = 3, .entries = 41}) == "3\n41\n");
  BOOST_TEST(format_health({.errors = most, .entries = most}) ==
             "18446744073709551615\n18446744073709551615\n");
}

BOOST_AUTO_TEST_SUITE_END()
