#include "serve/worker/turn.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(turn)

namespace {

TimePoint told{1'000'000'000};
int asked = 0;

TimePoint scripted_clock() noexcept {
  ++asked;
  return told;
}

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_and_requests_end_it) {
  Turn turn;
  turn.begin();
  turn.moved(Turn::size - 1);
  BOOST_TEST(!turn.is_over());
  turn.moved(1);
  BOOST_TEST(turn.is_over());
  turn.begin();
  for (int count = 0; count < Turn::size / Turn::request_weight - 1; ++count) turn.took_request();
  BOOST_TEST(!turn.is_over());
  turn.took_request();
  BOOST_TEST(turn.is_over());
}

BOOST_AUTO_TEST_CASE(many_looks_end_it_by_their_time_and_the_first_costs_none) {
  Turn turn(scripted_clock);
  asked = 0;
  turn.begin();
  BOOST_TEST(turn.may_look());
  BOOST_TEST(asked == 0);
  BOOST_TEST(turn.may_look());
  told = told + Turn::time_max;
  BOOST_TEST(turn.may_look());
  told = told + 1ns;
  BOOST_TEST(!turn.may_look());
  turn.begin();
  BOOST_TEST(turn.may_look());
  BOOST_TEST(turn.may_look());
}

BOOST_AUTO_TEST_SUITE_END()
