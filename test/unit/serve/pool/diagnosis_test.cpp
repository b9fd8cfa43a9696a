#include "serve/pool/diagnosis.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace std::chrono_literals;

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, Remedy remedy) {
  constexpr const char* names[] = {"none", "end_channel", "ask", "kill_hung", "kill_mute"};
  return out << names[static_cast<int>(remedy)];
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(diagnosis)

namespace {

using namespace brood;
using State = WorkerState;

constexpr TimePoint now{1'000'000'000'000};
constexpr TimePoint unset{};

constexpr TimePoint ago(Duration duration) {
  return now + -duration;
}

/// One that was born long ago.
Slot worker_in(State state) {
  Slot worker;
  worker.pid = 1000;
  worker.born = ago(500s);
  worker.seen = {state, 3, state == State::busy ? 1U : 0U};
  return worker;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_kind_of_silence_has_its_remedy) {
  constexpr WatchdogLimits limits{.request_timeout = 60s, .client_timeout = 30s};
  const struct {
    const char* name;
    State state;
    TimePoint progress, asked, channel_ended, reaped;
    Remedy want;
    const char* offence;
  } rows[] = {
      {"serves", State::busy, ago(60s), unset, unset, unset, Remedy::none, ""},
      {"is silent", State::busy, ago(61s), unset, unset, unset, Remedy::ask, ""},
      {"was asked just now", State::busy, ago(61s), ago(0s), unset, unset, Remedy::none, ""},
      {"was asked", State::busy, ago(62s), ago(1s), unset, unset, Remedy::kill_hung, ""},
      {"does not come to serve", State::init, ago(11s), unset, unset, unset, Remedy::kill_mute,
       "it stayed in INIT"},
      {"does not leave", State::exit, ago(11s), unset, unset, unset, Remedy::kill_mute,
       "it stayed in EXIT"},
      {"its channel has just ended", State::idle, ago(5s), unset, ago(1s), unset, Remedy::none, ""},
      {"its channel ended, it stays", State::idle, ago(5s), unset, ago(1001ms), unset,
       Remedy::kill_mute, "it closed its channel and did not leave"},
      {"has just ended", State::busy, ago(99s), unset, unset, ago(1s), Remedy::none, ""},
      {"has ended, its channel not", State::busy, ago(99s), unset, unset, ago(1001ms),
       Remedy::end_channel, ""},
      {"is over", State::busy, ago(99s), unset, ago(9s), ago(9s), Remedy::none, ""},
      {"claims the future", State::busy, now + 99s, unset, unset, unset, Remedy::none, ""},
      {"claims a time before its birth", State::busy, unset, unset, unset, unset, Remedy::ask, ""},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Slot worker = worker_in(row.state);
      worker.asked = row.asked;
      worker.channel_ended = row.channel_ended;
      worker.reaped_at = row.reaped;
      const PageClaims claims{.progress = row.progress, .phase = Phase::working};
      const Diagnosis found = diagnose(worker, claims, limits, {}, now);
      BOOST_TEST(found.remedy == row.want);
      BOOST_TEST(found.offence == row.offence);
    }
}

BOOST_AUTO_TEST_CASE(time_in_which_nobody_could_run_is_no_silence) {
  Pauses pauses;
  pauses.note(ago(50s), ago(49s), ago(10s));
  const Slot worker = worker_in(State::busy);
  BOOST_TEST((silence_of(worker, ago(61s), {}, now) == 61s));
  BOOST_TEST((silence_of(worker, ago(61s), pauses, now) == 21s));
  const PageClaims claims{.progress = ago(61s), .phase = Phase::working};
  const WatchdogLimits limits{.request_timeout = 60s};
  BOOST_TEST(diagnose(worker, claims, limits, pauses, now).remedy == Remedy::none);

  Slot half_gone = worker_in(State::busy);
  half_gone.reaped_at = ago(40s);
  BOOST_TEST(diagnose(half_gone, claims, limits, {}, now).remedy == Remedy::end_channel);
  half_gone.reaped_at = ago(10500ms);
  BOOST_TEST(diagnose(half_gone, claims, limits, pauses, now).remedy == Remedy::end_channel,
             "the pause is over for long");
}

BOOST_AUTO_TEST_SUITE_END()
