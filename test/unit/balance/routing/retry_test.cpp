#include "balance/routing/retry.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(retry)

namespace {

constexpr TimePoint start{1'000'000'000'000};

constexpr RetryPhase every_phase[] = {
    RetryPhase::connecting, RetryPhase::sending_stale, RetryPhase::sending,   RetryPhase::awaiting,
    RetryPhase::timed_out,  RetryPhase::answering,     RetryPhase::forwarding};

/// All facts of one phase: 2^5 of them.
template <class Body>
void for_all_facts(RetryPhase phase, Body body) {
  for (unsigned bits = 0; bits < 32; ++bits)
    body(RetryFacts{.phase = phase,
                    .is_idempotent = (bits & 1) != 0,
                    .is_body_held = (bits & 2) != 0,
                    .has_budget = (bits & 4) != 0,
                    .has_other_server = (bits & 8) != 0,
                    .sent_count = (bits & 16) != 0 ? sent_count_max : 1});
}

}  // namespace

// The table as docs/balancing.md has it, a row for each phase, each for all other facts.
BOOST_AUTO_TEST_CASE(each_cell_of_the_table) {
  using enum RetryVerdict;
  const struct {
    const char* name;
    RetryPhase phase;
    bool may_anyone;  ///< Or idempotent requests only.
    bool may_nobody;
    bool needs_body;
    bool is_paid;
    bool needs_other;
    RetryVerdict verdict;
    int status;
  } rows[] = {
      {"connecting", RetryPhase::connecting, true, false, false, false, true, elsewhere, 503},
      {"stale", RetryPhase::sending_stale, false, false, true, false, false, same_server, 502},
      {"sending", RetryPhase::sending, false, false, true, true, true, elsewhere, 502},
      {"awaiting", RetryPhase::awaiting, false, false, true, true, true, elsewhere, 502},
      {"timed out", RetryPhase::timed_out, false, true, true, true, true, elsewhere, 504},
      {"answering", RetryPhase::answering, false, false, true, true, true, elsewhere, 502},
      {"forwarding", RetryPhase::forwarding, false, true, true, true, true, elsewhere, 0},
  };
  BOOST_TEST(std::size(rows) == std::size(every_phase));
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    for_all_facts(row.phase, [&](const RetryFacts& facts) {
      BOOST_TEST_INFO_SCOPE("idempotent " << facts.is_idempotent << ", held " << facts.is_body_held
                                          << ", budget " << facts.has_budget << ", other "
                                          << facts.has_other_server << ", sent "
                                          << facts.sent_count);
      bool again = !row.may_nobody && (row.may_anyone || facts.is_idempotent);
      if (row.needs_body && !facts.is_body_held) again = false;
      if (row.is_paid && (!facts.has_budget || facts.sent_count >= sent_count_max)) again = false;
      if (row.needs_other && !facts.has_other_server) again = false;
      const RetryDecision decision = decide_retry(facts);
      BOOST_TEST((decision.verdict == (again ? row.verdict : answer)));
      BOOST_TEST(decision.status == (again ? 0 : row.status));
      BOOST_TEST(!decision.reason.empty());
    });
    if (!row.may_nobody) BOOST_TEST(is_retry_paid(row.phase) == row.is_paid);
  }
}

// The two promises in the words of the promise, whatever the table says.
BOOST_AUTO_TEST_CASE(what_a_server_may_have_seen_is_sent_again_only_if_idempotent) {
  for (const RetryPhase phase : every_phase)
    for_all_facts(phase, [&](const RetryFacts& facts) {
      const bool is_sent_again = decide_retry(facts).verdict != RetryVerdict::answer;
      if (phase != RetryPhase::connecting && !facts.is_idempotent) BOOST_TEST(!is_sent_again);
      if (phase == RetryPhase::forwarding) BOOST_TEST(!is_sent_again);
    });
}

BOOST_AUTO_TEST_CASE(idempotent_methods_are_those_of_rfc_9110) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
    BOOST_TEST(is_idempotent(method));
  for (const char* method : {"POST", "PATCH", "CONNECT", "get", "", "LOCK"})
    BOOST_TEST(!is_idempotent(method));
}

BOOST_AUTO_TEST_CASE(a_fifth_of_the_requests_may_be_retries) {
  RetryBudget budget(0.2, 0, start);
  int retries = 0;
  TimePoint now = start;
  for (int i = 0; i < 100'000; ++i) {
    now = now + 1ms;
    budget.requested(now);
    retries += budget.may_retry(now);
  }
  BOOST_TEST(retries <= 20'000);
  BOOST_TEST(retries > 19'000);
}

BOOST_AUTO_TEST_CASE(a_few_are_always_allowed) {
  RetryBudget budget(0.2, 10, start);
  int retries = 0;
  for (int i = 0; i < 1000; ++i) retries += budget.may_retry(start);
  BOOST_TEST(retries == 100);  // Ten a second, of ten seconds.
  retries = 0;
  for (int i = 0; i < 60'000; ++i) retries += budget.may_retry(start + i * 1ms);
  BOOST_TEST(retries > 550);
  BOOST_TEST(retries < 700);
}

BOOST_AUTO_TEST_CASE(requests_of_long_ago_pay_for_nothing) {
  RetryBudget budget(0.2, 0, start);
  for (int i = 0; i < 1000; ++i) budget.requested(start);
  BOOST_TEST(!budget.may_retry(start + 2min));
  budget.requested(start + 2min);
  BOOST_TEST(!budget.may_retry(start + 2min));
}

BOOST_AUTO_TEST_SUITE_END()
