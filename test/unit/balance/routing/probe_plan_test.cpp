#include "balance/routing/probe_plan.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(probe_plan)

namespace {

constexpr TimePoint start{1'000'000'000'000};
constexpr ProbeRules course = {.interval = 3s, .requests = 5, .jitter = 0, .transition_factor = 1};

/// Starts what is due and ends it at once.
std::size_t probe(ProbePlan& plan, TimePoint now, bool is_in_transition = false) {
  const std::vector<ServerId> ids = plan.due(now);
  for (const ServerId id : ids) plan.done(id, is_in_transition);
  return ids.size();
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_are_probed_at_once_and_then_after_each_interval) {
  ProbePlan plan(course, 4, 1);
  BOOST_TEST(probe(plan, start) == 4U);
  BOOST_TEST(probe(plan, start) == 0U);
  BOOST_TEST((plan.next() == start + 3s));
  BOOST_TEST(probe(plan, start + 2999ms) == 0U);
  BOOST_TEST(probe(plan, start + 3s) == 4U);
}

BOOST_AUTO_TEST_CASE(requests_bring_the_probe_forward_and_each_probe_starts_both_anew) {
  ProbePlan plan(course, 2, 1);
  probe(plan, start);
  BOOST_TEST(!plan.accepted(4));
  BOOST_TEST(plan.accepted(1));
  BOOST_TEST(probe(plan, start + 2s) == 2U);
  BOOST_TEST(probe(plan, start + 3s) == 0U);  // The interval counts from the last probe.
  BOOST_TEST(!plan.accepted(4));
  BOOST_TEST(probe(plan, start + 5s) == 2U);  // By time: the requests are counted anew.
  BOOST_TEST(!plan.accepted(4));
  BOOST_TEST(plan.accepted(3));
  BOOST_TEST((plan.next() <= start + 5s));
  BOOST_TEST(probe(plan, start + 5s) == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_number_of_requests_they_do_not_matter) {
  ProbePlan plan({.interval = 3s, .jitter = 0}, 2, 1);
  probe(plan, start);
  BOOST_TEST(!plan.accepted(1'000'000));
  BOOST_TEST(probe(plan, start + 1s) == 0U);
}

BOOST_AUTO_TEST_CASE(who_is_being_probed_is_not_probed_twice) {
  ProbePlan plan(course, 2, 1);
  BOOST_TEST(plan.due(start).size() == 2U);
  BOOST_TEST((plan.next() == never));
  plan.accepted(5);
  plan.hurry(start + 9s);
  BOOST_TEST(plan.due(start + 9s).empty());
  plan.done(1, false);
  BOOST_TEST((plan.due(start + 9s) == std::vector<ServerId>{1}));
}

BOOST_AUTO_TEST_CASE(in_a_hurry_all_are_due) {
  ProbePlan plan(course, 3, 1);
  probe(plan, start);
  plan.hurry(start + 1ms);
  BOOST_TEST((plan.next() <= start + 1ms));
  BOOST_TEST(probe(plan, start + 1ms) == 3U);
}

BOOST_AUTO_TEST_CASE(a_pending_verdict_is_probed_for_faster) {
  ProbePlan plan({.interval = 4s, .jitter = 0}, 1, 1);
  probe(plan, start, true);
  BOOST_TEST((plan.next() == start + 1s));
  probe(plan, start + 1s, false);
  BOOST_TEST((plan.next() == start + 5s));
}

BOOST_AUTO_TEST_CASE(the_budget_is_never_exceeded_and_the_longest_overdue_come_first) {
  const struct {
    const char* name;
    double budget;
    Duration window;
    std::size_t most;
  } rows[] = {{"ten a second", 10, 1s, 10},
              {"one in two seconds", 0.5, 2s, 1},
              {"five in two seconds", 2.5, 800ms, 2}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    ProbePlan plan({.interval = 100ms, .jitter = 0, .budget = row.budget}, 30, 1);
    std::vector<TimePoint> starts;
    std::vector<int> count(30);
    for (TimePoint now = start; now < start + 120s; now = plan.next()) {
      for (const ServerId id : plan.due(now)) {
        starts.push_back(now);
        ++count[id.slot];
        plan.done(id, true);
      }
      BOOST_REQUIRE((plan.next() > now));  // Whoever follows next() never spins.
    }
    for (std::size_t i = row.most; i < starts.size(); ++i)
      BOOST_REQUIRE((starts[i] - starts[i - row.most] >= row.window));
    // All of the budget was used, and everybody had the same of it.
    BOOST_TEST(static_cast<double>(starts.size()) > 0.95 * 120 * row.budget);
    const auto [fewest, most] = std::minmax_element(count.begin(), count.end());
    BOOST_TEST(*most - *fewest <= 1);
  }
}

BOOST_AUTO_TEST_CASE(with_jitter_the_servers_fall_out_of_step) {
  ProbePlan plan({.interval = 3s, .jitter = 0.1}, 50, 1);
  BOOST_TEST(probe(plan, start) == 50U);
  std::size_t most_together = 0;
  std::size_t probes = 0;
  for (TimePoint now = plan.next(); now < start + 30s; now = plan.next()) {
    const std::size_t together = probe(plan, now);
    most_together = std::max(most_together, together);
    probes += together;
  }
  BOOST_TEST(most_together <= 3U);
  BOOST_TEST(probes >= 50U * 9);
  BOOST_TEST(probes <= 50U * 12);
}

BOOST_AUTO_TEST_CASE(an_added_server_is_due_at_once) {
  ProbePlan plan(course, 2, 1);
  probe(plan, start);
  plan.add(2, start + 1s);
  BOOST_TEST((plan.due(start + 1s) == std::vector<ServerId>{2}));
}

BOOST_AUTO_TEST_CASE(a_removed_server_is_probed_no_more_and_its_slot_is_another_one_s) {
  ProbePlan plan(course, 1, 1);
  BOOST_TEST((plan.due(start) == std::vector<ServerId>{0}));
  plan.remove(0);
  BOOST_TEST((plan.next() == never));
  const ServerId next{0, 1};
  plan.add(next, start);
  plan.done(0, true);  // Of the one that is gone: it says nothing of the other.
  BOOST_TEST((plan.due(start) == std::vector<ServerId>{next}));
}

BOOST_AUTO_TEST_SUITE_END()
