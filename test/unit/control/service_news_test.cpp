#include "control/service_news.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(service_news)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using Phase = ServiceNews::Phase;

TimePoint at(Duration since) {
  return TimePoint{} + 1h + since;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_is_ready_once_and_says_how_it_is) {
  ServiceNews news;
  BOOST_TEST(news.tick(at(0s), {.status = "0 idle"}) == "STATUS=0 idle");
  BOOST_TEST(news.tick(at(1ms), {.phase = Phase::ready, .status = "5 idle"}) ==
             "READY=1\nSTATUS=5 idle");
  BOOST_TEST(news.tick(at(2s), {.phase = Phase::ready, .status = "5 idle"}) == "");
  BOOST_TEST(news.tick(at(3s), {.phase = Phase::starting, .status = "5 idle"}) == "");
  BOOST_TEST(news.tick(at(4s), {.phase = Phase::ready, .status = "5 idle"}) == "");
}

BOOST_AUTO_TEST_CASE(a_status_that_changes_is_told_once_a_second_in_one_line) {
  ServiceNews news;
  BOOST_TEST(news.tick(at(0s), {.status = "a"}) == "STATUS=a");
  BOOST_TEST(news.tick(at(999ms), {.status = "b"}) == "");
  BOOST_TEST(news.tick(at(1s), {.status = "c\nREADY=1"}) == "STATUS=c READY=1");
}

BOOST_AUTO_TEST_CASE(a_watchdog_is_fed_in_time_and_only_by_the_sound) {
  ServiceNews news(3s);
  BOOST_TEST(news.tick(at(0s), {}) == "WATCHDOG=1");
  BOOST_TEST(news.tick(at(999ms), {}) == "");
  BOOST_TEST(news.tick(at(1s), {.is_well = false}) == "");
  BOOST_TEST(news.tick(at(1100ms), {}) == "WATCHDOG=1");
}

BOOST_AUTO_TEST_CASE(each_reload_begins_with_its_time_and_ends_with_ready) {
  ServiceNews news;
  news.tick(at(0s), {.phase = Phase::ready});
  BOOST_TEST(news.tick(at(1s), {.phase = Phase::reloading, .reloads = 1}) ==
             "RELOADING=1\nMONOTONIC_USEC=3601000000");
  BOOST_TEST(news.tick(at(2s), {.phase = Phase::reloading, .reloads = 1}) == "");
  BOOST_TEST(news.tick(at(3s), {.phase = Phase::ready, .reloads = 1}) == "READY=1");
  // One that nobody has looked at.
  BOOST_TEST(news.tick(at(4s), {.phase = Phase::ready, .reloads = 2}) ==
             "RELOADING=1\nMONOTONIC_USEC=3604000000\nREADY=1");
}

BOOST_AUTO_TEST_CASE(that_it_stops_is_told_once) {
  ServiceNews news;
  news.tick(at(0s), {.phase = Phase::ready});
  BOOST_TEST(news.tick(at(1s), {.phase = Phase::stopping}) == "STOPPING=1");
  BOOST_TEST(news.tick(at(2s), {.phase = Phase::stopping}) == "");
}

BOOST_AUTO_TEST_CASE(a_pool_is_ready_with_its_spares_also_if_they_are_busy) {
  PoolStatus status;
  status.states = {.idle = 2, .busy = 1, .starting = 1, .exiting = 0};
  BOOST_TEST((news_of(status, 4).phase == Phase::starting));
  BOOST_TEST((news_of(status, 3).phase == Phase::ready));
  BOOST_TEST(news_of(status, 3).status == "2 idle, 1 busy, 4 workers");
  status.is_stopping = true;
  BOOST_TEST((news_of(status, 3).phase == Phase::stopping));
  BOOST_TEST((news_of(PoolStatus{}, 0).phase == Phase::starting));
  status.is_stopping = false;
  status.reload = {.asked = 1, .is_under_way = true, .outcome = {}};
  BOOST_TEST((news_of(status, 3).phase == Phase::reloading));
  BOOST_TEST(news_of(status, 3).reloads == 1U);
  status.reload = {.asked = 1, .is_under_way = false, .outcome = "refused, nothing is changed"};
  BOOST_TEST(news_of(status, 3).status ==
             "2 idle, 1 busy, 4 workers; last reload: refused, nothing is changed");
}

BOOST_AUTO_TEST_SUITE_END()
