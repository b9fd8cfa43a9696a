#include "serve/pool/watchdog.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, Verdict verdict) {
  constexpr const char* names[] = {"fine", "ask", "kill"};
  return out << names[static_cast<int>(verdict)];
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(watchdog)

namespace {

using namespace brood;
using State = WorkerState;

constexpr TimePoint now{1'000'000'000'000};  // Later than any silence in here.
constexpr TimePoint unset{};

constexpr TimePoint ago(Duration duration) {
  return now + -duration;
}

}  // namespace

BOOST_AUTO_TEST_CASE(silence_is_judged_by_state_and_phase) {
  constexpr WatchdogLimits usual{.request_timeout = 60s, .client_timeout = 30s};
  constexpr WatchdogLimits endless{.request_timeout = 0s, .client_timeout = 30s};
  constexpr Phase waiting = Phase::waiting, working = Phase::working;
  const struct {
    const char* name;
    WatchdogLimits limits;
    Progress progress;  // state, phase, last, asked
    Verdict want;
  } rows[] = {
      {"a spare may wait for ever", usual, {State::idle, waiting, unset, unset}, Verdict::fine},
      {"has free places and works", usual, {State::idle, working, ago(60s), unset}, Verdict::fine},
      {"has free places and works too long",
       usual,
       {State::idle, working, ago(60s + 1ns), unset},
       Verdict::ask},
      {"has free places and was asked a second ago",
       usual,
       {State::idle, working, ago(62s), ago(1s)},
       Verdict::kill},
      {"has free places, no limit", endless, {State::idle, working, unset, unset}, Verdict::fine},
      {"just born", usual, {State::init, waiting, now, unset}, Verdict::fine},
      {"ten seconds in INIT", usual, {State::init, waiting, ago(10s), unset}, Verdict::fine},
      {"more in INIT", usual, {State::init, waiting, ago(10s + 1ns), unset}, Verdict::kill},
      {"ten seconds in EXIT", usual, {State::exit, waiting, ago(10s), unset}, Verdict::fine},
      {"more in EXIT", usual, {State::exit, working, ago(10s + 1ns), unset}, Verdict::kill},
      {"in INIT although requests may take for ever",
       endless,
       {State::init, waiting, ago(11s), unset},
       Verdict::kill},
      {"no state", usual, {State{0}, waiting, ago(11s), unset}, Verdict::kill},
      {"works", usual, {State::busy, working, ago(60s), unset}, Verdict::fine},
      {"works too long", usual, {State::busy, working, ago(60s + 1ns), unset}, Verdict::ask},
      {"asked just now", usual, {State::busy, working, ago(61s), now}, Verdict::fine},
      {"asked a moment ago", usual, {State::busy, working, ago(61s), ago(1s - 1ns)}, Verdict::fine},
      {"asked a second ago", usual, {State::busy, working, ago(62s), ago(1s)}, Verdict::kill},
      {"asked long ago", usual, {State::busy, working, ago(99s), ago(30s)}, Verdict::kill},
      {"asked, then got on", usual, {State::busy, working, ago(2s), ago(30s)}, Verdict::fine},
      {"waits for its client", usual, {State::busy, waiting, ago(90s), unset}, Verdict::fine},
      {"missed its client's time-out",
       usual,
       {State::busy, waiting, ago(90s + 1ns), unset},
       Verdict::ask},
      {"missed it and was asked", usual, {State::busy, waiting, ago(92s), ago(1s)}, Verdict::kill},
      {"a phase that is none counts as waiting",
       usual,
       {State::busy, Phase{77}, ago(90s), unset},
       Verdict::fine},
      {"no limit", endless, {State::busy, working, unset, unset}, Verdict::fine},
      {"no limit, waits", endless, {State::busy, waiting, unset, unset}, Verdict::fine},
      {"no limit, asked for another reason",
       endless,
       {State::busy, working, unset, ago(9s)},
       Verdict::fine},
      {"a moment from the future", usual, {State::busy, working, now + 5s, unset}, Verdict::fine},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(judge(row.progress, row.limits, now) == row.want);
  }
}

BOOST_AUTO_TEST_CASE(a_hung_worker_is_asked_once_and_killed_a_second_later) {
  constexpr WatchdogLimits limits{.request_timeout = 2s, .client_timeout = 30s};
  Progress progress{.state = State::busy, .phase = Phase::working, .last = {1}, .asked = {}};
  std::vector<std::pair<int, Verdict>> acts;
  for (int tenth = 0; tenth < 100; ++tenth) {
    const TimePoint moment = progress.last + tenth * 100ms;
    const Verdict verdict = judge(progress, limits, moment);
    if (verdict == Verdict::fine) continue;
    acts.emplace_back(tenth, verdict);
    if (verdict == Verdict::kill) break;
    progress.asked = moment;
  }
  BOOST_TEST_REQUIRE(acts.size() == 2U);
  BOOST_TEST((acts[0] == std::pair{21, Verdict::ask}));
  BOOST_TEST((acts[1] == std::pair{31, Verdict::kill}));
}

BOOST_AUTO_TEST_SUITE_END()
