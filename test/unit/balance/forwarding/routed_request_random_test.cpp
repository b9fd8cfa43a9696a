// Several requests at once, and anything that can happen to any of them, in any order: none holds
// what is not its own, and in the end nothing is held.
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <vector>

#include "balance/forwarding/routed_request.hpp"
#include "base/random.hpp"

BOOST_AUTO_TEST_SUITE(routed_request_random)

namespace {

using namespace brood;
using Event = RoutedRequest::Event;
using Kind = Event::Kind;
using Next = RoutedRequest::Next;

constexpr TimePoint start{1'000'000'000'000};
constexpr std::array phases{
    RetryPhase::connecting, RetryPhase::sending_stale, RetryPhase::sending,   RetryPhase::awaiting,
    RetryPhase::timed_out,  RetryPhase::answering,     RetryPhase::forwarding};

struct One {
  explicit One(const RoutingRules& rules) : request(rules, [] {}) {}

  void tell(const Event& event, TimePoint now) { next = request.resume(event, now).next; }
  bool is_at_rest() const { return next != Next::wait && next != Next::connect; }

  RoutedRequest request;
  Next next = Next::rest;
};

/// Four requests, three servers of one permit each, two places in the queue.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed)
      : random_(seed), router_({}, std::vector(3, ServerSettings{.name = "a", .max = 1}), seed) {
    for (std::uint32_t id = 0; id < 3; ++id) router_.set_available(id, true, now_);
    dispatcher_.open(now_);
    for (auto& one : all_)
      one = std::make_unique<One>(RoutingRules{dispatcher_, router_, budget_, settings_});
  }

  void step() {
    now_ = now_ + std::chrono::milliseconds(random_.below(20));
    One& one = *all_[random_.below(4)];
    if (random_.below(10) == 0) {
      router_.set_available(random_.below(3), random_.below(3) > 0, now_);
      return dispatcher_.review(now_);
    }
    if (one.is_at_rest()) {
      const std::string_view method = random_.below(2) == 0 ? "GET" : "POST";
      one.request.start({.method = method, .target = "/", .parts = {}}, now_);
      return one.tell({.kind = Kind::asked}, now_);
    }
    one.tell(something_that_happens_to(one), now_);
  }
  void all_give_up() {
    for (const auto& one : all_) one->tell({.kind = Kind::given_up}, now_);
  }
  std::uint32_t held() const { return dispatcher_.placed(); }
  std::uint32_t queued() const { return dispatcher_.queued(); }
  std::ptrdiff_t connecting() const {
    return std::ranges::count(all_, Next::connect, [](const auto& one) { return one->next; });
  }

 private:
  Event something_that_happens_to(const One& one) {
    if (random_.below(8) == 0) return {.kind = Kind::given_up};
    if (one.next == Next::wait)
      return {.kind = one.request.deadline() <= now_ ? Kind::late : Kind::woken};
    if (random_.below(3) == 0) return {.kind = Kind::answered};
    const RetryPhase phase = phases[random_.below(phases.size())];
    if (phase == RetryPhase::connecting)
      return {.kind = Kind::connect_failed, .error = random_.below(2) == 0 ? EAGAIN : ECONNREFUSED};
    return {.kind = Kind::failed, .phase = phase, .sign = TrafficSign::reset, .was_sent = true};
  }

  SplitMix random_;
  TimePoint now_ = start;
  ForwardSettings settings_;
  Router router_;
  Dispatcher dispatcher_{router_, {.max_queue = 2}, [](TimePoint) {}, [](ServerId) {}};
  RetryBudget budget_{1, 10, start};
  std::array<std::unique_ptr<One>, 4> all_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(whatever_happens_no_permit_is_lost) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      Crowd crowd(seed);
      for (int count = 0; count < 300; ++count) {
        crowd.step();
        BOOST_REQUIRE(crowd.held() <= 3U);
        BOOST_REQUIRE(crowd.connecting() <= static_cast<std::ptrdiff_t>(crowd.held()));
      }
      crowd.all_give_up();
      BOOST_TEST(crowd.held() == 0U);
      BOOST_TEST(crowd.queued() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
