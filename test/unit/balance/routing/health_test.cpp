#include "balance/routing/health.hpp"
#include "unit/balance/routing/print.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(health)

namespace {

constexpr TimePoint start{1'000'000'000'000};

ProbeResult result_of(char letter) {
  switch (letter) {
    case 'p': return ProbeResult::passed;
    case 'l': return ProbeResult::passed_late;
    default: return ProbeResult::refused;
  }
}

Health up(std::uint32_t count, const HealthRules& rules = {}) {
  Health health(rules, count);
  for (std::uint32_t id = 0; id < count; ++id) health.probed(id, ProbeResult::passed);
  return health;
}

std::optional<HealthChange> fail(Health& health, ServerId server, int count,
                                 TimePoint now = start) {
  std::optional<HealthChange> last;
  for (int i = 0; i < count; ++i) last = health.seen(server, TrafficSign::status_5xx, now);
  return last;
}

}  // namespace

BOOST_AUTO_TEST_CASE(probes_decide_by_rise_and_fall) {
  const struct {
    const char* name;
    const char* probes;  ///< p: passed, l: passed late, f: failed.
    const char* states;  ///< After each: u: up, d: down.
  } rows[] = {
      {"the first that passes", "p", "u"},
      {"the first that fails", "f", "d"},
      {"the first that is late", "l", "u"},
      {"three that fail", "pfff", "uuud"},
      {"not three in a row", "pffpffp", "uuuuuuu"},
      {"a late one clears failures", "pfflff", "uuuuuu"},
      {"two that pass", "fpp", "ddu"},
      {"not two in a row", "fpfpp", "ddddu"},
      {"late ones bring nobody up", "flll", "dddd"},
      {"nor do they count against it", "fplp", "dddu"},
      {"down and up again", "pfffpp", "uuuddu"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Health health({}, 1);
    std::string states;
    for (const char probe : std::string(row.probes)) {
      const HealthState before = health.state(0);
      const auto change = health.probed(0, result_of(probe));
      BOOST_TEST(change.has_value() == (health.state(0) != before));
      states += health.state(0) == HealthState::up ? 'u' : 'd';
    }
    BOOST_TEST(states == row.states);
  }
}

BOOST_AUTO_TEST_CASE(a_change_says_why) {
  Health health({}, 1);
  health.probed(0, ProbeResult::passed);
  health.probed(0, ProbeResult::refused);
  health.probed(0, ProbeResult::timed_out);
  const auto change = health.probed(0, ProbeResult::bad_body);
  BOOST_REQUIRE(change.has_value());
  BOOST_TEST((change->from == HealthState::up));
  BOOST_TEST((change->to == HealthState::down));
  BOOST_TEST(change->why == "probes failed in a row");
  BOOST_TEST(change->count == 3U);
  BOOST_TEST((change->last_probe == ProbeResult::bad_body));
}

BOOST_AUTO_TEST_CASE(a_verdict_that_is_pending_is_probed_for_faster) {
  const struct {
    const char* name;
    const char* probes;
    bool pending;
  } rows[] = {
      {"unknown", "", false},
      {"up and well", "pp", false},
      {"up, one failed", "pf", true},
      {"up again", "pfp", false},
      {"down", "f", false},
      {"down for long", "ffff", false},
      {"down, one passed", "ffffp", true},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Health health({}, 1);
    for (const char probe : std::string(row.probes)) health.probed(0, result_of(probe));
    BOOST_TEST(health.is_in_transition(0) == row.pending);
  }
}

BOOST_AUTO_TEST_CASE(failures_of_traffic_in_a_row_eject_for_a_while) {
  Health health = up(2);
  BOOST_TEST(!fail(health, 0, 4).has_value());
  health.seen(0, TrafficSign::answered, start);
  BOOST_TEST(!fail(health, 0, 4).has_value());
  const auto change = health.seen(0, TrafficSign::reset, start);
  BOOST_REQUIRE(change.has_value());
  BOOST_TEST((change->to == HealthState::ejected));
  BOOST_TEST(change->count == 5U);
  BOOST_TEST((change->last_sign == TrafficSign::reset));
  BOOST_TEST((health.next() == start + 10s));
  BOOST_TEST(health.elapsed(start + 9999ms).empty());
  BOOST_TEST((health.state(0) == HealthState::ejected));
  const auto changes = health.elapsed(start + 10s);
  BOOST_REQUIRE(changes.size() == 1U);
  BOOST_TEST((changes[0].to == HealthState::up));
  BOOST_TEST((health.next() == never));
}

BOOST_AUTO_TEST_CASE(probes_that_pass_do_not_end_an_ejection_but_those_that_fail_take_it_down) {
  Health health = up(2);
  fail(health, 0, 5);
  for (int i = 0; i < 9; ++i) BOOST_TEST(!health.probed(0, ProbeResult::passed).has_value());
  BOOST_TEST((health.state(0) == HealthState::ejected));
  for (int i = 0; i < 3; ++i) health.probed(0, ProbeResult::refused);
  BOOST_TEST((health.state(0) == HealthState::down));
  BOOST_TEST(health.elapsed(start + 1h).empty());
}

BOOST_AUTO_TEST_CASE(no_more_than_a_share_is_ejected_at_a_time) {
  const struct {
    std::uint32_t servers;
    std::uint32_t want;
  } rows[] = {{1, 0}, {2, 1}, {3, 1}, {4, 2}, {9, 4}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.servers << " servers");
    Health health = up(row.servers);
    std::uint32_t ejected = 0;
    for (std::uint32_t id = 0; id < row.servers; ++id)
      ejected += fail(health, id, 9).has_value() || health.state(id) == HealthState::ejected;
    BOOST_TEST(ejected == row.want);
  }
}

BOOST_AUTO_TEST_CASE(ejections_in_a_row_double_up_to_a_ceiling) {
  Health health = up(2);
  TimePoint now = start;
  for (const Duration want : {Duration{10s}, Duration{20s}, Duration{40s}, Duration{80s},
                              Duration{160s}, Duration{300s}, Duration{300s}}) {
    fail(health, 0, 5, now);
    BOOST_TEST((health.next() - now).count() == want.count());
    now = health.next();
    health.elapsed(now);
    health.seen(0, TrafficSign::answered, now + 1s);  // Too early to be a proof.
  }
  health.seen(0, TrafficSign::answered, now + 10s);
  fail(health, 0, 5, now + 11s);
  BOOST_TEST((health.next() - (now + 11s)).count() == Duration{10s}.count());
}

BOOST_AUTO_TEST_CASE(nobody_is_ejected_where_that_is_off) {
  Health health = up(2, {.eject_after = 0});
  BOOST_TEST(!fail(health, 0, 100).has_value());
}

BOOST_AUTO_TEST_CASE(a_server_can_be_added) {
  Health health = up(2);
  health.add(2);
  BOOST_TEST((health.state(2) == HealthState::unknown));
  BOOST_TEST(health.probed(2, ProbeResult::passed).has_value());
}

BOOST_AUTO_TEST_CASE(the_last_that_can_be_reached_is_not_ejected) {
  const struct {
    const char* name;
    void (*make)(Health&);
    bool ejected;
  } rows[] = {
      {"another one is well", [](Health&) {}, true},
      {"it is down",
       [](Health& it) {
         for (int i = 0; i < 3; ++i) it.probed(1, ProbeResult::refused);
       },
       false},
      {"it is removed", [](Health& it) { it.remove(1); }, false},
      {"it drains", [](Health& it) { it.set_draining(1, true); }, false},
      {"it is unknown", [](Health& it) { it.add(1); }, false},
      {"it is ejected", [](Health& it) { fail(it, 1, 5); }, false},
  };
  for (const auto& row : rows) {
    Health health = up(2, {.eject_share = 1});
    row.make(health);
    BOOST_TEST(fail(health, 0, 9).has_value() == false, row.name);
    BOOST_TEST((health.state(0) == HealthState::ejected) == row.ejected, row.name);
  }
}

BOOST_AUTO_TEST_CASE(who_was_ejected_is_called_back_when_nobody_else_is_left) {
  Health health = up(2);
  fail(health, 0, 5);
  BOOST_TEST(health.elapsed(start).empty());
  for (int i = 0; i < 3; ++i) health.probed(1, ProbeResult::refused);
  const auto changes = health.elapsed(start);
  BOOST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].server == 0U);
  BOOST_TEST((changes[0].to == HealthState::up));
}

BOOST_AUTO_TEST_CASE(a_removed_server_is_in_nobodys_count) {
  Health health = up(3);
  fail(health, 0, 5);
  health.remove(0);
  BOOST_TEST((health.next() == never));
  fail(health, 1, 5);
  BOOST_TEST((health.state(1) == HealthState::ejected));  // One of two, not a second one of three.
  const ServerId again{0, 1};
  health.add(again);
  BOOST_TEST((health.state(again) == HealthState::unknown));
  // What was found out about the one that is gone comes late.
  BOOST_TEST(!health.probed(0, ProbeResult::passed).has_value());
  BOOST_TEST(!fail(health, 0, 9).has_value());
  BOOST_TEST((health.state(again) == HealthState::unknown));
}

BOOST_AUTO_TEST_CASE(rows_end_by_time) {
  Health health = up(2, {.eject_time = 1s});
  fail(health, 0, 4);
  BOOST_TEST(!fail(health, 0, 1, start + 61s).has_value());
  TimePoint now = start + 61s;
  for (const Duration want : {Duration{1s}, Duration{1s}, Duration{2s}}) {
    fail(health, 0, 5, now);
    BOOST_TEST((health.next() - now).count() == want.count());
    now = health.next();
    health.elapsed(now);
    now = now + (want == Duration{1s} && now < start + 64s ? Duration{2s} : Duration{500ms});
  }
}

BOOST_AUTO_TEST_CASE(probes_refute_failed_connects_and_nothing_else) {
  const struct {
    const char* name;
    std::vector<TrafficSign> signs;
    bool has_connected;
    bool refuted;
  } rows[] = {
      {"connects", std::vector(5, TrafficSign::connect_failed), true, true},
      {"connects, and the probe is elsewhere", std::vector(5, TrafficSign::connect_failed), false,
       false},
      {"answers", std::vector(5, TrafficSign::status_5xx), true, false},
      {"both",
       {TrafficSign::connect_failed, TrafficSign::connect_failed, TrafficSign::reset,
        TrafficSign::connect_failed, TrafficSign::connect_failed},
       true,
       false},
      {"answers, then a straggler's connect",
       {TrafficSign::status_5xx, TrafficSign::status_5xx, TrafficSign::status_5xx,
        TrafficSign::status_5xx, TrafficSign::status_5xx, TrafficSign::connect_failed},
       true,
       false},
  };
  for (const auto& row : rows) {
    Health health = up(2);
    for (const TrafficSign sign : row.signs) health.seen(0, sign, start);
    BOOST_TEST((health.state(0) == HealthState::ejected), row.name);
    BOOST_TEST(!health.probed(0, ProbeResult::passed, row.has_connected).has_value(), row.name);
    BOOST_TEST(health.probed(0, ProbeResult::passed, row.has_connected).has_value() == row.refuted,
               row.name);
  }
}

BOOST_AUTO_TEST_CASE(busy_is_late_unless_requests_fail_there_too) {
  Health health = up(2);
  for (int i = 0; i < 9; ++i) health.probed(0, ProbeResult::busy);
  BOOST_TEST((health.state(0) == HealthState::up));
  health.seen(0, TrafficSign::timed_out, start);
  for (int i = 0; i < 3; ++i) health.probed(0, ProbeResult::busy);
  BOOST_TEST((health.state(0) == HealthState::down));
}

BOOST_AUTO_TEST_CASE(who_is_not_probed_is_up_at_once) {
  Health health({}, 1);
  BOOST_TEST((health.assume_up(0)->to == HealthState::up));
}

BOOST_AUTO_TEST_SUITE_END()
