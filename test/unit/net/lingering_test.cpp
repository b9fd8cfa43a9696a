#include "net/lingering.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lingering)

BOOST_AUTO_TEST_CASE(it_goes_on_while_bytes_come_and_not_without_end) {
  constexpr TimePoint start{1'000'000'000'000};
  Lingering lingering;
  lingering.start(start);
  BOOST_TEST((lingering.deadline() == start + 5s));
  lingering.received(start + 4s);
  BOOST_TEST((lingering.deadline() == start + 9s));
  lingering.received(start + 28s);
  BOOST_TEST((lingering.deadline() == start + 30s));
  Lingering shorter(2s);
  shorter.start(start);
  BOOST_TEST((shorter.deadline() == start + 2s));
}

BOOST_AUTO_TEST_SUITE_END()
