#include "balance/forwarding/permit.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(permit)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using News = Permit::News;

constexpr TimePoint start{1'000'000'000'000};

/// One server with one place, and two who want it.
struct Scene {
  explicit Scene(Duration queue_timeout = 5s)
      : router({}, {ServerSettings{.name = "a", .max = 1}}, 1),
        dispatcher(
            router, {}, [](TimePoint) {}, [](ServerId) {}),
        first(dispatcher, queue_timeout, [this] { ++woken; }),
        second(dispatcher, queue_timeout, [this] { ++woken; }) {
    router.set_available(0, true, start);
    dispatcher.open(start);
    first.start();
    second.start();
  }

  Router router;
  Dispatcher dispatcher;
  int woken = 0;
  Permit first;
  Permit second;
};

}  // namespace

BOOST_AUTO_TEST_CASE(news_are_said_once) {
  Scene scene;
  scene.first.acquire({}, start);
  BOOST_TEST(scene.first.has_news());
  BOOST_TEST((scene.first.news(start) == News::granted));
  BOOST_TEST((scene.first.news(start) == News::none));
  BOOST_TEST(scene.first.is_held());
  BOOST_TEST(scene.woken == 0);
}

BOOST_AUTO_TEST_CASE(all_goes_of_waiting_share_one_time) {
  Scene scene;
  scene.first.acquire({}, start);
  scene.second.acquire({}, start);
  BOOST_TEST((scene.second.deadline() == start + 5s));
  scene.first.release(Outcome::answered, start + 2s);
  BOOST_TEST(scene.woken == 1);
  BOOST_TEST((scene.second.news(start) == News::granted));
  scene.second.release(Outcome::not_sent, start + 60s);  // Held for long: that does not count.
  scene.first.acquire({}, start + 60s);
  scene.second.acquire({}, start + 60s);
  BOOST_TEST((scene.second.deadline() == start + 63s), "2 s of 5 are gone");
  scene.second.release(Outcome::not_sent, start + 61s);
  scene.second.begin_pause(start + 61s);
  scene.second.end_pause(start + 62s);
  scene.second.start();
  scene.second.acquire({}, start + 62s);
  BOOST_TEST((scene.second.deadline() == start + 67s), "another request");
}

BOOST_AUTO_TEST_CASE(without_a_limit_it_waits_for_ever) {
  Scene scene(0s);
  scene.first.acquire({}, start);
  scene.second.acquire({}, start);
  BOOST_TEST((scene.second.deadline() == never));
}

BOOST_AUTO_TEST_CASE(whoever_lets_go_holds_nothing_and_hears_nothing) {
  Scene scene;
  scene.first.acquire({}, start);
  scene.second.acquire({}, start);
  scene.second.release(Outcome::given_up, start);
  BOOST_TEST(scene.dispatcher.queued() == 0U);
  scene.second.acquire({}, start);
  scene.first.release(Outcome::answered, start);
  scene.second.release(Outcome::given_up, start);
  BOOST_TEST(!scene.second.has_news());
  BOOST_TEST(scene.dispatcher.placed() == 0U);
  scene.second.release(Outcome::given_up, start);
  BOOST_TEST(scene.dispatcher.placed() == 0U, "once is enough");
}

BOOST_AUTO_TEST_CASE(who_moves_on_goes_before_all_who_wait) {
  Scene scene;
  scene.first.acquire({}, start);
  scene.first.news(start);
  scene.second.acquire({}, start);
  scene.first.move_on({}, "it failed", start);
  BOOST_TEST((scene.first.news(start) == News::granted));
  BOOST_TEST((scene.second.news(start) == News::none));
  BOOST_TEST(scene.woken == 0);
}

BOOST_AUTO_TEST_SUITE_END()
