#include "net/timer_wheel.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/random.hpp"

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timer_wheel)

namespace {

constexpr TimePoint begin{1'000'000'000'000};
constexpr Duration late_max = 3ms;

std::vector<std::uint32_t> due_at(TimerWheel& wheel, TimePoint now) {
  std::vector<std::uint32_t> due;
  wheel.expire(now, due);
  std::ranges::sort(due);
  return due;
}

/// Asks when the wheel wants to be asked. \return the moment at which somebody is due.
TimePoint run_until_due(TimerWheel& wheel, std::vector<std::uint32_t>& due) {
  for (;;) {
    const TimePoint now = wheel.next();
    if (now == never) return never;
    wheel.expire(now, due);
    if (!due.empty()) return now;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_deadline_comes_true_in_its_time_and_once) {
  for (const Duration after : {0ns, 1ns, Duration{1ms}, Duration{2s}, Duration{5s}, Duration{1h}})
    BOOST_TEST_CONTEXT(after.count()) {
      TimerWheel wheel(begin);
      wheel.set(7, begin + after);
      std::vector<std::uint32_t> due;
      const TimePoint at = run_until_due(wheel, due);
      BOOST_TEST((due == std::vector<std::uint32_t>{7}));
      BOOST_TEST((at >= begin + after));
      BOOST_TEST((at <= begin + after + late_max));
      BOOST_TEST((wheel.next() == never));
    }
}

BOOST_AUTO_TEST_CASE(a_deadline_can_be_moved_both_ways_and_taken_back) {
  TimerWheel wheel(begin);
  wheel.set(1, begin + 1s);
  wheel.set(1, begin + 3s);
  BOOST_TEST(due_at(wheel, begin + 2s).empty());
  wheel.set(1, begin + 2500ms);
  BOOST_TEST((due_at(wheel, begin + 2600ms) == std::vector<std::uint32_t>{1}));
  wheel.set(1, begin + 4s);
  wheel.remove(1);
  wheel.set(2, begin + 4s);
  wheel.set(2, never);
  BOOST_TEST(due_at(wheel, begin + 1h).empty());
  BOOST_TEST((wheel.next() == never));
}

BOOST_AUTO_TEST_CASE(who_is_asked_late_forgets_nobody) {
  TimerWheel wheel(begin);
  for (std::uint32_t id = 0; id < 5000; ++id) wheel.set(id, begin + id * Duration{1ms});
  wheel.set(5000, begin + 2h);
  BOOST_TEST(due_at(wheel, begin + 1h).size() == 5000);
  BOOST_TEST(due_at(wheel, begin + 2h + late_max).size() == 1);
}

// Method: a model that looks at every deadline each time.
BOOST_AUTO_TEST_CASE(it_agrees_with_a_list_of_all_deadlines) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      SplitMix random{seed};
      TimerWheel wheel(begin);
      std::vector<TimePoint> model(50, never);
      TimePoint now = begin;
      for (int turn = 0; turn < 2000; ++turn) {
        const auto id = static_cast<std::uint32_t>(random.next() % model.size());
        model[id] = now + Duration{static_cast<std::int64_t>(random.next() % 6'000'000'000)};
        wheel.set(id, model[id]);
        now = now + Duration{static_cast<std::int64_t>(random.next() % 50'000'000)};
        BOOST_TEST_REQUIRE((wheel.next() > TimePoint{}));
        const TimePoint first = *std::ranges::min_element(model);
        BOOST_TEST_REQUIRE((wheel.next() <= std::max(first, now) + late_max));
        for (const std::uint32_t due : due_at(wheel, now)) {
          BOOST_TEST_REQUIRE((model[due] <= now));
          model[due] = never;
        }
        for (const TimePoint deadline : model)
          BOOST_TEST_REQUIRE((deadline > now + -late_max || deadline == never));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_far_time_out_is_late_by_an_eighth_at_most) {
  for (const Duration after :
       {Duration{1s}, Duration{2s}, Duration{2200ms}, Duration{5s}, Duration{60s}, Duration{1h}})
    BOOST_TEST_CONTEXT(after.count()) {
      TimerWheel wheel(begin);
      wheel.set_roughly(7, begin + after);
      std::vector<std::uint32_t> due;
      const TimePoint at = run_until_due(wheel, due);
      BOOST_TEST((at >= begin + after));
      BOOST_TEST((at <= begin + after +
                            std::max<Duration>(late_max, std::min<Duration>(after / 8, 270ms))));
    }
}

BOOST_AUTO_TEST_CASE(a_rough_deadline_that_never_comes_is_never_asked_for) {
  TimerWheel wheel(begin);
  wheel.set_roughly(1, never);
  wheel.set_roughly(2, TimePoint{never.ns - 1});
  BOOST_TEST(due_at(wheel, begin + 1h).empty());
  BOOST_TEST((wheel.next() > begin + 1h));
}

// Method: clients that are asked something now and then, each time with a new time-out, for two
// simulated minutes; the wheel is asked when it wants to be.
BOOST_AUTO_TEST_CASE(idle_clients_cause_few_wake_ups_however_many_they_are) {
  struct Crowd {
    std::uint32_t size;
    Duration time_out;
    Duration asks;  ///< One of them, each so long.
  };
  for (const Crowd& crowd : {Crowd{400, 60s, 50ms}, Crowd{400, 5s, 3ms}, Crowd{100'000, 60s, 1ms},
                             Crowd{100'000, 1h, 1ms}})
    BOOST_TEST_CONTEXT(crowd.size << " clients, " << crowd.time_out.count()) {
      SplitMix random{crowd.size};
      TimerWheel wheel(begin);
      std::vector<std::uint32_t> due;
      for (std::uint32_t id = 0; id < crowd.size; ++id)
        wheel.set_roughly(
            id, begin + Duration{static_cast<std::int64_t>(
                            random.next() % static_cast<std::uint64_t>(crowd.time_out.count()))});
      // The first ones, whose time-outs are near, are not what this is about.
      TimePoint now = begin + 3s;
      wheel.expire(now, due);
      const TimePoint end = begin + 123s;
      std::uint64_t wake_ups = 0;
      for (TimePoint ask = now; now < end;) {
        for (; ask <= now; ask = ask + crowd.asks)
          wheel.set_roughly(static_cast<std::uint32_t>(random.next() % crowd.size),
                            now + crowd.time_out);
        due.clear();
        if (wheel.next() <= now) {
          ++wake_ups;
          wheel.expire(now, due);
          for (const std::uint32_t id : due) wheel.set_roughly(id, now + crowd.time_out);
        }
        now = std::min(ask, wheel.next());
      }
      BOOST_TEST(wake_ups <= 120 * 4);
    }
}

BOOST_AUTO_TEST_SUITE_END()
