#include "balance/routing/dispatcher.hpp"
#include "unit/balance/routing/print.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(dispatcher)

namespace {

using namespace brood;

constexpr TimePoint now{1'000'000'000};

/// Notes what it is told, and gives its permit back when asked to.
class Client final : public Waiter {
 public:
  Client(std::string& told, char name) : told_(told), name_(name) {}

  ServerId server = no_server;
  std::string_view turned_away;

 private:
  void on_permit(const Choice& choice, TimePoint) override {
    server = choice.server;
    told_ += name_;
  }
  void on_turned_away(std::string_view why) override {
    turned_away = why;
    told_ += '-';
  }

  std::string& told_;
  char name_;
};

struct Scene {
  explicit Scene(Dispatcher::Limits limits, std::uint32_t servers = 1, std::uint32_t max = 0)
      : router({.strategy = Strategy::round_robin}, settings(servers, max), 1),
        dispatcher(
            router, limits, [this](TimePoint at) { alarm = at; },
            [this](ServerId server) { left.push_back(server); }) {
    for (std::uint32_t id = 0; id < servers; ++id) router.set_available(id, true, now);
    for (char name = 'a'; name <= 'f'; ++name)
      clients.push_back(std::make_unique<Client>(told, name));
  }

  static std::vector<ServerSettings> settings(std::uint32_t servers, std::uint32_t max) {
    std::vector<ServerSettings> all(servers);
    for (ServerSettings& one : all) one.max = max;
    return all;
  }
  void acquire(std::size_t client) { dispatcher.acquire(*clients[client], {}, {}, now); }
  void give_back(std::size_t client) {
    dispatcher.give_back(clients[client]->server, Outcome::answered, Duration{1}, now);
  }

  TimePoint alarm = never;
  std::vector<ServerId> left;
  Router router;
  Dispatcher dispatcher;
  std::string told;
  std::vector<std::unique_ptr<Client>> clients;
};

}  // namespace

BOOST_AUTO_TEST_CASE(nobody_is_placed_before_it_opens_and_then_in_order) {
  Scene scene({.parallel = 2});
  for (std::size_t client = 0; client < 4; ++client) scene.acquire(client);
  BOOST_TEST(scene.told.empty());
  BOOST_TEST(scene.dispatcher.queued() == 4U);
  scene.dispatcher.open(now);
  BOOST_TEST(scene.told == "ab");
  scene.give_back(0);
  scene.give_back(1);
  BOOST_TEST(scene.told == "abcd");
}

BOOST_AUTO_TEST_CASE(a_bounded_queue_turns_away_and_an_unbounded_one_does_not) {
  Scene bounded({.parallel = 1, .max_queue = 2});
  Scene unbounded({.parallel = 1, .max_queue = 0});
  for (Scene* scene : {&bounded, &unbounded}) {
    scene->dispatcher.open(now);
    for (std::size_t client = 0; client < 5; ++client) scene->acquire(client);
  }
  BOOST_TEST(bounded.told == "a--");
  BOOST_TEST(bounded.clients[4]->turned_away == Dispatcher::queue_is_full);
  BOOST_TEST(unbounded.told == "a");
  BOOST_TEST(unbounded.dispatcher.queued() == 4U);
}

BOOST_AUTO_TEST_CASE(who_withdraws_is_passed_over) {
  Scene scene({.parallel = 1});
  scene.dispatcher.open(now);
  for (std::size_t client = 0; client < 4; ++client) scene.acquire(client);
  scene.dispatcher.withdraw(*scene.clients[2]);
  scene.dispatcher.withdraw(*scene.clients[2]);
  BOOST_TEST(scene.dispatcher.queued() == 2U);
  scene.give_back(0);
  scene.give_back(1);
  BOOST_TEST(scene.told == "abd");
}

BOOST_AUTO_TEST_CASE(who_moves_on_goes_before_all_who_wait) {
  Scene scene({.parallel = 1}, 2);
  scene.dispatcher.open(now);
  for (std::size_t client = 0; client < 3; ++client) scene.acquire(client);
  Client& first = *scene.clients[0];
  const std::vector<ServerId> tried{first.server};
  scene.dispatcher.move_on(first, tried[0], Duration{1}, {}, tried, "connect failed", now);
  BOOST_TEST(scene.told == "aa");
  BOOST_TEST(first.server != tried[0]);
  BOOST_TEST(scene.dispatcher.placed() == 1U);
  BOOST_TEST(scene.dispatcher.decisions().last().back().retry_reason == "connect failed");
}

BOOST_AUTO_TEST_CASE(a_servers_own_limit_makes_wait_as_well) {
  Scene scene({.parallel = 10}, 2, 1);
  scene.dispatcher.open(now);
  for (std::size_t client = 0; client < 3; ++client) scene.acquire(client);
  BOOST_TEST(scene.told == "ab");
  scene.give_back(1);
  BOOST_TEST(scene.told == "abc");
}

BOOST_AUTO_TEST_CASE(all_who_wait_are_turned_away_when_the_last_server_is_down) {
  Scene scene({.parallel = 10}, 1, 1);
  scene.dispatcher.open(now);
  for (std::size_t client = 0; client < 3; ++client) scene.acquire(client);
  scene.router.set_available(0, false, now);
  scene.dispatcher.review(now);
  BOOST_TEST(scene.told == "a--");
  BOOST_TEST(scene.dispatcher.queued() == 0U);
}

BOOST_AUTO_TEST_CASE(more_room_is_used_at_once) {
  Scene scene({.parallel = 1});
  scene.dispatcher.open(now);
  for (std::size_t client = 0; client < 3; ++client) scene.acquire(client);
  scene.dispatcher.set_limits({.parallel = 3}, now);
  BOOST_TEST(scene.told == "abc");
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_is_left_when_its_last_place_is_given_back) {
  Scene scene({}, 2);
  scene.dispatcher.open(now);
  scene.acquire(0);
  const ServerId busy = scene.clients[0]->server;
  scene.dispatcher.remove(busy, now);
  BOOST_TEST(scene.left.empty());
  scene.acquire(1);
  BOOST_TEST((scene.clients[1]->server != busy));
  scene.give_back(0);
  BOOST_TEST((scene.left == std::vector<ServerId>{busy}));
}

BOOST_AUTO_TEST_SUITE_END()
