#include "balance/forwarding/routed_request.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "unit/balance/routing/print.hpp"

BOOST_AUTO_TEST_SUITE(routed_request)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using Action = RoutedRequest::Action;
using Kind = RoutedRequest::Event::Kind;
using Next = Action::Next;

constexpr TimePoint start{1'000'000'000'000};

/// One thread's rules over so many servers, all of them up, and two requests.
struct Scene {
  explicit Scene(std::uint32_t servers, std::uint32_t max = 0, double retry_share = 1)
      : router({.strategy = Strategy::round_robin}, settings_of(servers, max), 1),
        dispatcher(
            router, {.parallel = 1024, .max_queue = 1}, [](TimePoint) {}, [](ServerId) {}),
        budget(retry_share, 0, start) {
    settings.has_access_log = true;
    for (std::uint32_t id = 0; id < servers; ++id) router.set_available(id, true, now);
    dispatcher.open(now);
    budget.requested(start);
    budget.requested(start);
  }
  static std::vector<ServerSettings> settings_of(std::uint32_t servers, std::uint32_t max) {
    std::vector<ServerSettings> all(servers);
    for (ServerSettings& one : all) one.max = max;
    return all;
  }

  Action ask(RoutedRequest& one, std::string_view method = "GET") {
    one.start({.method = method, .target = "/", .parts = {}}, now);
    return one.resume({.kind = Kind::asked}, now);
  }
  Action ask(std::string_view method = "GET") { return ask(request, method); }
  Action fail(RetryPhase phase, bool was_sent = true) {
    return request.resume({.kind = Kind::failed,
                           .phase = phase,
                           .sign = TrafficSign::reset,
                           .how = "it failed",
                           .was_sent = was_sent},
                          now);
  }
  Action fail_to_connect(int error = ECONNREFUSED) {
    return request.resume({.kind = Kind::connect_failed, .error = error}, now);
  }
  Action answer(RoutedRequest& one) { return one.resume({.kind = Kind::answered}, now); }
  std::uint32_t held() const { return dispatcher.placed(); }

  TimePoint now = start;
  ForwardSettings settings;
  Router router;
  Dispatcher dispatcher;
  RetryBudget budget;
  RoutingRules rules{dispatcher, router, budget, settings};
  int woken = 0;
  RoutedRequest request{rules, [this] { ++woken; }};
  RoutedRequest other{rules, [this] { ++woken; }};
};

constexpr std::array all_phases{
    RetryPhase::connecting, RetryPhase::sending_stale, RetryPhase::sending,   RetryPhase::awaiting,
    RetryPhase::timed_out,  RetryPhase::answering,     RetryPhase::forwarding};

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_that_goes_well) {
  Scene scene(2);
  BOOST_TEST((scene.ask().next == Next::connect));
  BOOST_TEST(scene.held() == 1U);
  const Action action = scene.answer(scene.request);
  BOOST_TEST((action.next == Next::rest));
  BOOST_TEST((action.sign == TrafficSign::answered));
  BOOST_TEST(action.server == scene.request.server());
  BOOST_TEST(scene.held() == 0U);
  BOOST_TEST(scene.woken == 0, "what comes at once needs no waking");
  BOOST_TEST(scene.request.record().request == "GET / HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(an_answer_of_5xx_is_passed_on_and_counts_against_the_server) {
  Scene scene(2);
  scene.ask();
  const Action action = scene.request.resume({.kind = Kind::answered, .is_failure = true}, start);
  BOOST_TEST((action.next == Next::rest));
  BOOST_TEST((action.sign == TrafficSign::status_5xx));
  BOOST_TEST(scene.held() == 0U);
}

// --- Waiting for a permit.

BOOST_AUTO_TEST_CASE(who_waits_is_woken_and_told_outside_of_the_others_call) {
  Scene scene(1, 1);
  scene.ask();
  BOOST_TEST((scene.ask(scene.other).next == Next::wait));
  BOOST_TEST((scene.other.deadline() == start + 5s));
  BOOST_TEST((scene.other.resume({}, scene.now).next == Next::wait), "woken by something else");
  scene.now = start + 1s;
  scene.answer(scene.request);
  BOOST_TEST(scene.woken == 1);
  BOOST_TEST(scene.held() == 1U, "it is the other's already");
  BOOST_TEST((scene.other.resume({}, scene.now).next == Next::connect));
  BOOST_TEST((scene.other.record().queued == 1s));
  BOOST_TEST((scene.other.permitted_at() == start + 1s));
}

BOOST_AUTO_TEST_CASE(who_leaves_before_it_is_told_of_its_permit_gives_it_back) {
  Scene scene(1, 1);
  scene.ask();
  scene.ask(scene.other);
  scene.answer(scene.request);
  BOOST_TEST((scene.other.resume({.kind = Kind::given_up}, scene.now).next == Next::rest));
  BOOST_TEST(scene.held() == 0U);
  BOOST_TEST((scene.ask(scene.other).next == Next::connect), "nothing is left of it");
}

BOOST_AUTO_TEST_CASE(who_is_woken_and_late_at_once_goes_on) {
  Scene scene(1, 1);
  scene.ask();
  scene.ask(scene.other);
  scene.now = start + 5s;
  scene.answer(scene.request);
  BOOST_TEST((scene.other.resume({.kind = Kind::late}, scene.now).next == Next::connect));
}

BOOST_AUTO_TEST_CASE(who_waits_for_too_long_is_refused) {
  Scene scene(1, 1);
  scene.ask();
  scene.ask(scene.other);
  const Action action = scene.other.resume({.kind = Kind::late}, start + 5s);
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.status == 503);
  BOOST_TEST(!action.found_nobody);
  scene.answer(scene.request);
  BOOST_TEST(scene.woken == 0, "it waits no more");
}

BOOST_AUTO_TEST_CASE(who_is_turned_away_hears_why) {
  Scene full(1, 1);
  full.ask();
  full.ask(full.other);
  RoutedRequest third{full.rules, [] {}};
  Action action = full.ask(third);
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.why == Dispatcher::queue_is_full);
  BOOST_TEST(!action.found_nobody, "they are only busy");

  Scene dead(1);
  dead.router.set_available(0, false, start);
  action = dead.ask();
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.status == 503);
  BOOST_TEST(action.found_nobody);
}

BOOST_AUTO_TEST_CASE(who_waits_hears_that_the_last_server_went_down) {
  Scene scene(1, 1);
  scene.ask();
  scene.ask(scene.other);
  scene.router.set_available(0, false, start);
  scene.dispatcher.review(start);
  BOOST_TEST(scene.woken == 1);
  const Action action = scene.other.resume({}, start);
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.found_nobody);
}

BOOST_AUTO_TEST_CASE(only_waiting_for_a_permit_counts_as_waiting) {
  Scene scene(2, 1);
  scene.ask(scene.other);
  scene.ask();
  const ServerId first = scene.request.server();
  scene.now = start + 3s;  // All this time the server was asked.
  BOOST_TEST((scene.fail(RetryPhase::awaiting).next == Next::wait));
  BOOST_TEST((scene.request.deadline() == start + 8s));
  scene.answer(scene.other);
  BOOST_TEST((scene.request.resume({}, scene.now).next == Next::connect));
  BOOST_TEST(scene.request.server() != first);
}

// --- A server that fails.

/// The retry table's verdict is carried out in each phase, and nothing is left held.
BOOST_AUTO_TEST_CASE(a_failure_in_every_phase) {
  struct Row {
    RetryPhase phase;
    Next idempotent, other;
    int status;  ///< Of those that are refused.
  };
  constexpr std::array rows{
      Row{RetryPhase::connecting, Next::connect, Next::connect, 0},
      Row{RetryPhase::sending_stale, Next::connect, Next::refuse, 502},
      Row{RetryPhase::sending, Next::connect, Next::refuse, 502},
      Row{RetryPhase::awaiting, Next::connect, Next::refuse, 502},
      Row{RetryPhase::timed_out, Next::refuse, Next::refuse, 504},
      Row{RetryPhase::answering, Next::connect, Next::refuse, 502},
      Row{RetryPhase::forwarding, Next::cut, Next::cut, 0},
  };
  for (const Row& row : rows)
    for (const bool is_idempotent : {true, false})
      BOOST_TEST_CONTEXT(static_cast<int>(row.phase) << ", idempotent " << is_idempotent) {
        Scene scene(2);
        scene.ask(is_idempotent ? "GET" : "POST");
        const ServerId failed = scene.request.server();
        const Action action = scene.fail(row.phase, row.phase != RetryPhase::connecting);
        BOOST_TEST((action.next == (is_idempotent ? row.idempotent : row.other)));
        const bool is_stale = row.phase == RetryPhase::sending_stale;
        BOOST_TEST(action.sign.has_value() == !is_stale, "a closed kept connection is no sign");
        BOOST_TEST(action.server == failed);
        BOOST_TEST(scene.request.wants_fresh() == (is_stale && is_idempotent));
        if (action.next == Next::connect) {
          BOOST_TEST((scene.request.server() == failed) == is_stale);
          BOOST_TEST(scene.held() == 1U);
          BOOST_TEST(scene.request.record().retries == 1U);
        } else {
          BOOST_TEST(scene.held() == 0U);
          BOOST_TEST(action.why == "it failed");
          BOOST_TEST(action.status == (action.next == Next::refuse ? row.status : 0));
        }
      }
}

BOOST_AUTO_TEST_CASE(what_is_no_longer_held_is_sent_again_only_if_nothing_was_sent) {
  for (const RetryPhase phase : all_phases) {
    Scene scene(2);
    scene.request.start({.method = "PUT", .target = "/", .parts = {}}, start);
    scene.request.hold("some of it");
    scene.request.hold_no_more();
    scene.request.resume({.kind = Kind::asked}, start);
    const bool was_sent = phase != RetryPhase::connecting;
    const Action action = scene.fail(phase, was_sent);
    BOOST_TEST((action.next == Next::connect) == !was_sent, static_cast<int>(phase));
    BOOST_TEST(scene.request.held() == "some of it");
  }
}

BOOST_AUTO_TEST_CASE(each_server_is_tried_once_then_it_is_refused) {
  Scene scene(3);
  BOOST_TEST((scene.ask("POST").next == Next::connect));
  std::vector<ServerId> seen{scene.request.server()};
  for (int server = 1; server < 3; ++server) {
    BOOST_TEST((scene.fail_to_connect().next == Next::connect));
    BOOST_TEST((std::ranges::find(seen, scene.request.server()) == seen.end()));
    seen.push_back(scene.request.server());
  }
  const Action action = scene.fail_to_connect();
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.status == 503);
  BOOST_TEST((action.sign == TrafficSign::connect_failed));
  BOOST_TEST(scene.held() == 0U);
  BOOST_TEST((scene.ask().next == Next::connect), "the next request begins anew");
}

BOOST_AUTO_TEST_CASE(a_request_that_fails_wherever_it_is_sent_is_not_sent_for_ever) {
  Scene scene(8);
  scene.settings.retries_max = 100;
  scene.ask();
  int sent = 1;
  while (scene.fail(RetryPhase::awaiting).next == Next::connect) ++sent;
  BOOST_TEST(sent == static_cast<int>(sent_count_max));
  BOOST_TEST(scene.held() == 0U);
}

BOOST_AUTO_TEST_CASE(retries_have_a_bound_and_a_budget) {
  Scene bounded(8);
  bounded.settings.retries_max = 1;
  bounded.ask();
  BOOST_TEST((bounded.fail(RetryPhase::awaiting).next == Next::connect));
  BOOST_TEST((bounded.fail(RetryPhase::awaiting).next == Next::refuse));

  Scene poor(8, 0, 0.1);  // Three requests earn a third of a retry.
  poor.ask();
  BOOST_TEST((poor.fail(RetryPhase::awaiting).next == Next::refuse));
  poor.ask();
  BOOST_TEST((poor.fail_to_connect().next == Next::connect), "this one costs nobody anything");
}

BOOST_AUTO_TEST_CASE(a_server_whose_queue_is_full_is_asked_again_and_is_not_dead) {
  Scene scene(1);
  scene.ask();
  Action action = scene.fail_to_connect(EAGAIN);
  BOOST_TEST((action.next == Next::wait));
  BOOST_TEST(!action.sign);
  BOOST_TEST((scene.request.deadline() == start + 1ms));
  BOOST_TEST((scene.request.resume({.kind = Kind::late}, start + 1ms).next == Next::connect));
  BOOST_TEST(scene.held() == 1U, "the permit is kept meanwhile");
  scene.now = start + 1s;
  action = scene.fail_to_connect(EAGAIN);
  BOOST_TEST((action.next == Next::refuse), "connect-timeout is over");
  BOOST_TEST(action.why == "its queue is full");
  BOOST_TEST(!action.sign, "busy is not dead");
  BOOST_TEST(scene.held() == 0U);
}

BOOST_AUTO_TEST_CASE(where_we_are_short_of_something_nobody_is_blamed) {
  struct {
    RetryPhase phase;
    bool was_sent;
    Next next;
    int status;
  } rows[] = {{RetryPhase::connecting, false, Next::refuse, 503},
              {RetryPhase::connecting, true, Next::refuse, 502},
              {RetryPhase::forwarding, true, Next::cut, 0}};
  for (const auto& row : rows) {
    Scene scene(2);
    scene.ask();
    const Action action = scene.request.resume(
        {.kind = Kind::ran_short, .phase = row.phase, .was_sent = row.was_sent}, start);
    BOOST_TEST((action.next == row.next));
    BOOST_TEST(action.status == row.status);
    BOOST_TEST(!action.sign);
    BOOST_TEST(scene.held() == 0U);
  }
  Scene scene(2);
  scene.ask();
  BOOST_TEST(scene.fail_to_connect(EMFILE).status == 503);
  BOOST_TEST(scene.held() == 0U);
}

// --- The end.

BOOST_AUTO_TEST_CASE(whoever_gives_up_holds_nothing_at_any_time) {
  for (int at = 0; at < 5; ++at) {
    Scene scene(1, 1);
    if (at >= 1) scene.ask(scene.other);
    if (at >= 2) scene.answer(scene.other);
    if (at != 0) scene.ask();
    if (at == 3) scene.fail_to_connect(EAGAIN);
    if (at == 4) scene.fail(RetryPhase::sending_stale);
    scene.request.resume({.kind = Kind::given_up, .has_waited = at == 4}, start);
    if (at == 1) scene.answer(scene.other);
    BOOST_TEST(scene.held() == 0U, at);
    BOOST_TEST(scene.dispatcher.queued() == 0U, at);
    BOOST_TEST(scene.woken == 0, at);
  }
}

BOOST_AUTO_TEST_CASE(what_must_not_reach_the_wire_is_the_clients_fault) {
  Scene scene(1);
  scene.ask();
  const Action action = scene.request.resume({.kind = Kind::unsendable}, start);
  BOOST_TEST((action.next == Next::refuse));
  BOOST_TEST(action.status == 400);
  BOOST_TEST(!action.sign);
  BOOST_TEST(scene.held() == 0U);
}

BOOST_AUTO_TEST_CASE(a_permit_that_was_handed_over_is_not_given_back) {
  Scene scene(1);
  scene.ask();
  scene.request.hand_over_permit();
  scene.request.resume({.kind = Kind::given_up}, start);
  BOOST_TEST(scene.held() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
