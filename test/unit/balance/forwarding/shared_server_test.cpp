#include "balance/forwarding/shared_server.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(shared_server)

namespace {

using namespace brood;

/// A server of one permit, which two threads hand out; who is woken is noted.
struct Scene {
  explicit Scene(std::uint32_t max = 1)
      : server(std::make_shared<SharedServer>(
            max, [this](std::uint32_t thread, const std::shared_ptr<SharedServer>& of) {
              BOOST_TEST(of == server);
              woken.push_back(thread);
            })) {}

  std::vector<std::uint32_t> woken;
  std::shared_ptr<SharedServer> server;
  ThreadPermits first{*server, 0};
  ThreadPermits second{*server, 1};
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_bound_holds_for_all_threads_together) {
  Scene scene;
  BOOST_TEST(scene.first.may_take());
  BOOST_TEST(scene.first.take());
  BOOST_TEST(!scene.second.may_take());
  BOOST_TEST(!scene.second.take());
  scene.first.give_back();
  BOOST_TEST(scene.woken.empty(), "nobody has asked");
  BOOST_TEST(scene.second.take());
}

BOOST_AUTO_TEST_CASE(who_wants_one_has_its_turn_when_one_is_given_back) {
  Scene scene;
  scene.first.take();
  scene.second.want();
  BOOST_TEST(scene.woken.empty());
  scene.first.give_back();
  BOOST_TEST(scene.woken == std::vector<std::uint32_t>{1U}, boost::test_tools::per_element());
  BOOST_TEST(!scene.first.take(), "it is the other's turn");
  BOOST_TEST(scene.second.take());
}

BOOST_AUTO_TEST_CASE(what_was_given_back_before_it_was_wanted_is_had_at_once) {
  Scene scene;
  scene.second.want();
  BOOST_TEST(scene.woken == std::vector<std::uint32_t>{1U}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_declines_passes_its_turn_on) {
  Scene scene;
  scene.first.take();
  scene.first.want();
  scene.second.want();
  scene.first.give_back();
  scene.server->decline(0);
  BOOST_TEST(scene.woken == (std::vector<std::uint32_t>{0U, 1U}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_larger_bound_is_news_for_all_who_wait) {
  Scene scene;
  scene.first.take();
  scene.first.want();
  scene.second.want();
  scene.server->set_max(3);
  BOOST_TEST(scene.woken == (std::vector<std::uint32_t>{0U, 1U}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_asked_for_is_told_once) {
  Scene scene;
  BOOST_TEST(!scene.server->take_answer());
  scene.server->ask_for_answer();
  BOOST_TEST(scene.server->take_answer());
  BOOST_TEST(!scene.server->take_answer());
}

BOOST_AUTO_TEST_CASE(many_threads_never_hold_more_than_there_are) {
  Scene scene(2);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (std::uint32_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      ThreadPermits permits(*scene.server, number);
      for (int count = 0; count < 1000; ++count) {
        if (!permits.take()) continue;
        const int now = ++held;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
        --held;
        permits.give_back();
      }
    });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(most <= 2);
  BOOST_TEST(most > 0);
}

BOOST_AUTO_TEST_SUITE_END()
