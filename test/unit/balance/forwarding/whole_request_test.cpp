// A request on its whole way, by what RoutedRequest and Attempt decide together, without a
// descriptor: everything that can fail is made to, at each step and at each two of them.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <set>

#include "attempt_scene.hpp"
#include "balance/forwarding/routed_request.hpp"
#include "unit/balance/routing/print.hpp"

BOOST_AUTO_TEST_SUITE(whole_request)

namespace {

using namespace brood;
using namespace brood::forwarding_test;
using Kind = RoutedRequest::Event::Kind;
using Next = RoutedRequest::Next;

constexpr std::uint32_t server_count = 3;

/// What of a request matters for whether it is sent again.
struct Asked {
  bool is_idempotent = true;
  bool is_held = true;  ///< Its body; else it is passed on as it comes.
};

class Way {
 public:
  Way() : router_({}, std::vector<ServerSettings>(server_count), 1) {
    for (std::uint32_t id = 0; id < server_count; ++id) router_.set_available(id, true, start);
    dispatcher_.open(start);
    for (int count = 0; count < 10; ++count) budget_.requested(start);
  }

  /// Until it is answered, refused or cut. \param fail_at At these sends and receives, counted
  /// through all attempts, the server fails. \param was_kept The first connection is a kept one.
  void go(const Asked& asked, const std::set<int>& fail_at, bool was_kept,
          AttemptScene::Event how) {
    const std::string_view method = asked.is_idempotent ? "PUT" : "POST";
    routed_.start({.method = method, .target = "/", .parts = {}}, start);
    routed_.hold("held");
    if (!asked.is_held) routed_.hold_no_more();
    RoutedRequest::Action action = routed_.resume({.kind = Kind::asked}, start);
    while (action.next == Next::connect) {
      BOOST_REQUIRE(dispatcher_.placed() == 1U);
      action =
          attempt(asked, method, fail_at, was_kept && !routed_.wants_fresh() && tries == 0, how);
      if (action.sign) blamed += *action.sign == TrafficSign::answered ? 0 : 1;
    }
    end = action;
  }

  std::uint32_t held() const { return dispatcher_.placed(); }

  int steps = 0;
  int tries = 0;
  int sent_whole = 0;  ///< So many servers have had all of it.
  int blamed = 0;
  std::string passed;  ///< To the client.
  RoutedRequest::Action end;

 private:
  RoutedRequest::Action attempt(const Asked& asked, std::string_view method,
                                const std::set<int>& fail_at, bool was_kept,
                                AttemptScene::Event how) {
    AttemptScene scene;
    for (const int at : fail_at)
      if (at >= steps && scene.fail_at < 0) scene.fail_at = at - steps;
    scene.failure = how;
    scene.answer = {"HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n", "ab", "cd"};
    if (!asked.is_held) scene.body = {"-more"};
    scene.begin(
        {.method = method, .target = "/", .host = "a.example", .content_length = body_size(asked)},
        was_kept, asked.is_held, routed_.held());
    const Attempt::Action last = scene.run();
    ++tries;
    steps += scene.io_steps();
    passed += scene.passed;
    if (scene.sent.ends_with(asked.is_held ? "held" : "held-more")) ++sent_whole;
    if (last == Attempt::Action::answered) return routed_.resume({.kind = Kind::answered}, start);
    const Attempt::Failure& failure = scene.attempt.failure();
    return routed_.resume({.kind = failure.error != 0 ? Kind::connect_failed : Kind::failed,
                           .error = failure.error,
                           .phase = failure.phase,
                           .sign = failure.sign,
                           .how = failure.how,
                           .was_sent = scene.attempt.was_sent()},
                          start);
  }
  static std::uint64_t body_size(const Asked& asked) { return asked.is_held ? 4 : 9; }

  ForwardSettings settings_;
  Router router_;
  Dispatcher dispatcher_{router_, {}, [](TimePoint) {}, [](ServerId) {}};
  RetryBudget budget_{1, 0, start};

  RoutedRequest routed_{{dispatcher_, router_, budget_, settings_}, [] {}};
};

constexpr std::array all_asked{Asked{true, true}, Asked{true, false}, Asked{false, true},
                               Asked{false, false}};
const AttemptScene::Event reset{.kind = AttemptScene::Kind::failed, .error = ECONNRESET};
const AttemptScene::Event ended{.kind = AttemptScene::Kind::ended};

/// What must hold, whatever has happened.
void check(const Way& way, const Asked& asked) {
  BOOST_TEST(way.held() == 0U, "the permit was given back");
  BOOST_TEST(way.tries <= static_cast<int>(server_count) + 1);
  if (!asked.is_idempotent) BOOST_TEST(way.sent_whole <= 1, "no two servers have done it");
  switch (way.end.next) {
    case Next::rest: BOOST_TEST(way.passed == "200 abcd"); break;
    case Next::refuse:
      BOOST_TEST(way.passed.empty());
      BOOST_TEST(way.end.status >= 502);
      BOOST_TEST(!way.end.why.empty());
      break;
    case Next::cut: BOOST_TEST(std::string_view("200 abcd").starts_with(way.passed)); break;
    default: BOOST_ERROR("it has no end");
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_fails) {
  for (const Asked& asked : all_asked)
    for (const bool was_kept : {false, true}) {
      Way way;
      way.go(asked, {}, was_kept, reset);
      BOOST_TEST((way.end.next == Next::rest));
      BOOST_TEST(way.tries == 1);
      BOOST_TEST(way.blamed == 0);
      check(way, asked);
    }
}

BOOST_AUTO_TEST_CASE(each_step_fails) {
  for (const Asked& asked : all_asked)
    for (const bool was_kept : {false, true})
      for (int at = 0; at < 8; ++at)
        BOOST_TEST_CONTEXT("idempotent " << asked.is_idempotent << ", held " << asked.is_held
                                         << ", kept " << was_kept << ", step " << at) {
          Way way;
          way.go(asked, {at}, was_kept, reset);
          check(way, asked);
          if (at == 0) BOOST_TEST((way.end.next == Next::rest), "nothing had been sent");
          if (at == 0) BOOST_TEST(way.blamed == (was_kept ? 0 : 1));
        }
}

BOOST_AUTO_TEST_CASE(each_two_steps_fail) {
  for (const Asked& asked : all_asked)
    for (int first = 0; first < 8; ++first)
      for (int second = first + 1; second < 16; ++second)
        BOOST_TEST_CONTEXT("idempotent " << asked.is_idempotent << ", held " << asked.is_held
                                         << ", steps " << first << " and " << second) {
          Way way;
          way.go(asked, {first, second}, first % 2 == 0, reset);
          check(way, asked);
        }
}

/// A held request that may be repeated is, as long as the client has nothing of an answer.
BOOST_AUTO_TEST_CASE(where_it_ends_decides_whether_it_is_sent_again) {
  const struct {
    int step;  ///< 0: it is sent; then four pieces of the answer come.
    Next idempotent, other;
  } rows[] = {{1, Next::rest, Next::refuse},
              {2, Next::rest, Next::refuse},
              {3, Next::cut, Next::cut},
              {4, Next::cut, Next::cut}};
  for (const auto& row : rows)
    for (const bool is_idempotent : {true, false})
      for (const auto& how : {reset, ended}) {
        Way way;
        way.go({is_idempotent, true}, {row.step}, false, how);
        BOOST_TEST((way.end.next == (is_idempotent ? row.idempotent : row.other)), row.step);
        BOOST_TEST(way.blamed == 1);
        check(way, {is_idempotent, true});
      }
}

BOOST_AUTO_TEST_CASE(all_steps_fail) {
  std::set<int> all;
  for (int at = 0; at < 100; ++at) all.insert(at);
  for (const Asked& asked : all_asked) {
    Way way;
    way.go(asked, all, false, reset);
    BOOST_TEST((way.end.next == Next::refuse));
    BOOST_TEST(way.end.status == 503);
    BOOST_TEST(way.tries == static_cast<int>(server_count), "each once");
    BOOST_TEST(way.sent_whole == 0);
    check(way, asked);
  }
}

BOOST_AUTO_TEST_SUITE_END()
