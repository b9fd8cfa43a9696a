#include "balance/forwarding/client_traffic.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(client_traffic)

namespace {

using namespace brood;
using namespace std::chrono_literals;

constexpr TimePoint start{1'000'000'000};

}  // namespace

BOOST_AUTO_TEST_CASE(what_belongs_to_the_next_request_is_counted_there) {
  ClientTraffic traffic(30s, 128);
  traffic.start();
  traffic.received(100, start);
  traffic.sent(50, start);
  BOOST_TEST(traffic.received() == 100U);
  BOOST_TEST(traffic.sent() == 50U);
  traffic.begin_request(30);
  BOOST_TEST(traffic.received() == 30U);
  BOOST_TEST(traffic.sent() == 0U);
}

BOOST_AUTO_TEST_CASE(a_turn_ends_by_bytes_and_by_pieces) {
  ClientTraffic traffic(30s, 128);
  traffic.start();
  traffic.begin_turn();
  traffic.received(256UL * 1024, start);
  traffic.moved_elsewhere(128UL * 1024);
  BOOST_TEST(!traffic.turn_is_over());
  traffic.sent(128UL * 1024, start);
  BOOST_TEST(traffic.turn_is_over());
  traffic.begin_turn();
  int pieces = 0;
  for (; !traffic.turn_is_over(); ++pieces) traffic.handled_piece();
  BOOST_TEST(pieces == 8192, "pieces of one byte end it as well");
}

BOOST_AUTO_TEST_CASE(only_a_body_earns_time_to_send_it) {
  ClientTraffic traffic(10s, 100);
  traffic.start();
  traffic.received(10'000, start);  // A head.
  traffic.begin_body();
  BOOST_TEST(traffic.in_body());
  BOOST_TEST((traffic.body_deadline(start) == start + 10s));
  traffic.received(500, start + 9s);
  BOOST_TEST((traffic.body_deadline(start + 9s) == start + 15s), "500 bytes, 9 s waited");
  traffic.end_body();
  BOOST_TEST(!traffic.in_body());
}

BOOST_AUTO_TEST_CASE(each_answer_has_its_own_time) {
  ClientTraffic traffic(10s, 100);
  traffic.start();
  traffic.sent(100'000, start);
  BOOST_TEST((traffic.sending_deadline(start, 100'000) == start + 10s), "not a byte was taken");
  traffic.begin_answer();
  BOOST_TEST((traffic.sending_deadline(start + 8s, 0) == start + 18s));
}

BOOST_AUTO_TEST_SUITE_END()
