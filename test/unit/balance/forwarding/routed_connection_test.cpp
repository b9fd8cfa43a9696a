#include "balance/forwarding/routed_connection.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "unit/balance/routing/print.hpp"

BOOST_AUTO_TEST_SUITE(routed_connection)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using Action = RoutedConnection::Action;
using Kind = RoutedConnection::Event::Kind;
using Next = Action::Next;

constexpr TimePoint start{1'000'000'000'000};

/// One thread's rules over so many servers, all of them up, and two connections.
struct Scene {
  explicit Scene(std::uint32_t servers, std::uint32_t max = 0, bool is_course = false)
      : router({.strategy = Strategy::round_robin}, settings_of(servers, max), 1),
        dispatcher(
            router, {}, [](TimePoint) {}, [](ServerId) {}) {
    settings.is_course = is_course;
    for (std::uint32_t id = 0; id < servers; ++id) router.set_available(id, true, now);
    dispatcher.open(now);
  }
  static std::vector<ServerSettings> settings_of(std::uint32_t servers, std::uint32_t max) {
    std::vector<ServerSettings> all(servers);
    for (ServerSettings& one : all) one.max = max;
    return all;
  }

  Action tell(Kind kind) { return connection.resume({.kind = kind}, now); }
  Action fail_to_connect(int error = ECONNREFUSED) {
    return connection.resume({.kind = Kind::connect_failed, .error = error}, now);
  }
  std::uint32_t held() const { return dispatcher.placed(); }

  TimePoint now = start;
  ForwardSettings settings;
  Router router;
  Dispatcher dispatcher;
  int woken = 0;
  RoutedConnection connection{dispatcher, router, settings, start, [this] { ++woken; }};
  RoutedConnection other{dispatcher, router, settings, start, [this] { ++woken; }};
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_connection_that_goes_well) {
  Scene scene(2);
  BOOST_TEST((scene.tell(Kind::asked).next == Next::connect));
  BOOST_TEST(scene.held() == 1U);
  const Action action = scene.tell(Kind::answered);
  BOOST_TEST((action.next == Next::rest));
  BOOST_TEST((action.sign == TrafficSign::answered));
  BOOST_TEST(scene.held() == 0U);
  BOOST_TEST((scene.connection.record().queued == 0s));
}

BOOST_AUTO_TEST_CASE(each_server_is_tried_once) {
  Scene scene(3);
  scene.tell(Kind::asked);
  std::vector<ServerId> seen{scene.connection.server()};
  for (int server = 1; server < 3; ++server) {
    const Action action = scene.fail_to_connect();
    BOOST_TEST((action.next == Next::connect));
    BOOST_TEST((action.sign == TrafficSign::connect_failed));
    BOOST_TEST(action.server == seen.back(), "not that which is tried next");
    BOOST_TEST((std::ranges::find(seen, scene.connection.server()) == seen.end()));
    seen.push_back(scene.connection.server());
  }
  const Action action = scene.fail_to_connect();
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.why == "all servers have failed it");
  BOOST_TEST(action.found_nobody);
  BOOST_TEST(scene.held() == 0U);
  BOOST_TEST(scene.connection.record().retries == 3U);
}

BOOST_AUTO_TEST_CASE(where_no_descriptor_is_left_it_pauses_and_asks_again) {
  Scene scene(1);
  scene.settings.queue_timeout = 120ms;
  RoutedConnection connection{scene.dispatcher, scene.router, scene.settings, start, [] {}};
  connection.resume({.kind = Kind::asked}, start);
  TimePoint now = start;
  for (int pause = 0; pause < 2; ++pause) {
    const Action action = connection.resume({.kind = Kind::connect_failed, .error = EMFILE}, now);
    BOOST_TEST((action.next == Next::wait));
    BOOST_TEST(!action.sign, "nobody is to blame");
    BOOST_TEST(scene.held() == 0U, "others may go on meanwhile");
    BOOST_TEST((connection.deadline() == now + 50ms));
    now = connection.deadline();
    BOOST_TEST((connection.resume({.kind = Kind::late}, now).next == Next::connect));
  }
  const Action action = connection.resume({.kind = Kind::connect_failed, .error = EMFILE}, now);
  BOOST_TEST((action.next == Next::refuse), "all of it counts as waiting");
  BOOST_TEST(scene.held() == 0U);

  Scene course(1, 0, true);
  course.tell(Kind::asked);
  BOOST_TEST((course.fail_to_connect(EMFILE).next == Next::refuse));
}

BOOST_AUTO_TEST_CASE(a_server_whose_queue_is_full_is_asked_again_and_then_left) {
  Scene scene(2);
  scene.tell(Kind::asked);
  const ServerId first = scene.connection.server();
  BOOST_TEST((scene.fail_to_connect(EAGAIN).next == Next::wait));
  BOOST_TEST((scene.connection.deadline() == start + 1ms));
  BOOST_TEST((scene.tell(Kind::late).next == Next::connect));
  BOOST_TEST(scene.connection.server() == first);
  scene.now = start + 1s;
  const Action action = scene.fail_to_connect(EAGAIN);
  BOOST_TEST((action.next == Next::connect));
  BOOST_TEST(!action.sign, "busy is not dead");
  BOOST_TEST(scene.connection.server() != first);
}

BOOST_AUTO_TEST_CASE(who_waits_is_woken_once_and_late_otherwise) {
  Scene scene(1, 1);
  scene.tell(Kind::asked);
  BOOST_TEST((scene.other.resume({.kind = Kind::asked}, start).next == Next::wait));
  BOOST_TEST((scene.other.deadline() == start + 5s));
  scene.tell(Kind::answered);
  BOOST_TEST(scene.woken == 1);
  BOOST_TEST((scene.other.resume({}, start).next == Next::connect));

  Scene late(1, 1);
  late.tell(Kind::asked);
  late.other.resume({.kind = Kind::asked}, start);
  BOOST_TEST(late.other.resume({.kind = Kind::late}, start + 5s).why == "queue-timeout");
  BOOST_TEST(late.dispatcher.queued() == 0U);
}

BOOST_AUTO_TEST_CASE(what_a_failure_says_of_the_server) {
  for (const bool has_answer : {false, true}) {
    Scene scene(1);
    scene.tell(Kind::asked);
    const Action action = scene.connection.resume(
        {.kind = Kind::failed,
         .phase = has_answer ? RetryPhase::forwarding : RetryPhase::awaiting,
         .sign = TrafficSign::timed_out},
        start);
    BOOST_TEST((action.next == Next::rest));
    BOOST_TEST((action.sign == TrafficSign::timed_out));
    BOOST_TEST(scene.held() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(the_courses_balancer_takes_a_server_out_at_once) {
  Scene course(1, 0, true);
  course.tell(Kind::asked);
  const Action action = course.fail_to_connect();
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.found_nobody);
  BOOST_TEST(!course.router.view(0).is_available);
}

BOOST_AUTO_TEST_CASE(whoever_gives_up_holds_nothing_at_any_time) {
  for (int at = 0; at < 5; ++at) {
    Scene scene(1, 1);
    if (at >= 1) scene.other.resume({.kind = Kind::asked}, start);
    if (at >= 1) scene.tell(Kind::asked);
    if (at >= 2) scene.other.resume({.kind = Kind::answered}, start);
    if (at >= 3) scene.tell(Kind::woken);
    if (at == 4) scene.fail_to_connect(EMFILE);
    scene.tell(Kind::given_up);
    if (at == 1) scene.other.resume({.kind = Kind::answered}, start);
    BOOST_TEST(scene.held() == 0U, at);
    BOOST_TEST(scene.dispatcher.queued() == 0U, at);
  }
}

BOOST_AUTO_TEST_SUITE_END()
